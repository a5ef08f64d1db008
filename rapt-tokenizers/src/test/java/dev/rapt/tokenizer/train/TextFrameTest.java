package dev.rapt.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextFrameTest {
  static Stream<TextFrame> frames() {
    return Stream.of(
        new TextFrame.Bert("[a]", "[z]"),
        new TextFrame.Roberta("[a]", "[z]"),
        new TextFrame.End("[z]"));
  }

  @ParameterizedTest
  @MethodSource("frames")
  void offsetsOfWordsAreWithoutTheSpaceBeforeThem(TextFrame frame) {
    Tokenizer plain =
        new ByteLevelBpeTrainer(
                ByteLevelBpeTrainer.Options.of(300).withSpecialTokens(List.of("[a]", "[z]")))
            .trainOnTexts(List.of("Ada lived in London. ".repeat(20)));
    Encoding encoded = frame.of(plain, Map.of()).encodeWithOffsets("Ada lived in London.");
    List<Integer> starts = IntStream.range(0, encoded.size()).map(encoded::start).boxed().toList();
    assertThat(starts).contains(0, 4, 10, 13).doesNotContain(3, 9, 12);
    assertThat(encoded.tokens().getLast()).isEqualTo("[z]");
  }
}
