package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.model.WordCache;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.Truncation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fast paths give what the general one does. */
final class FastPathTest {
  private static final String[] PARTS = {
    "a",
    "b",
    " ",
    "  ",
    "\n",
    "'s",
    "12",
    "é",
    "e\u0301",
    "日本",
    "👍🏽",
    "<|endoftext|>",
    "the",
    " the",
    "\u2581",
    "\u2581\u2581",
    ".",
    "x",
    "\uD800",
    "\t"
  };

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      text.append(PARTS[random.nextInt(PARTS.length)]);
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2_byte_bpe", "llama3_bpe"})
  void offsetsOfByteLevelBpeAreThoseOfAlignedText(String name) {
    TokenizerDefinition definition =
        Tokenizer.load(RecordedFolders.small().resolve("tokenizers/" + name)).definition();
    Map<AddedToken, String> added = new LinkedHashMap<>();
    definition.addedTokens().forEach(token -> added.put(token, token.content()));
    added.put(new AddedToken(99_999, "the", true, true, true, false, false), "the");
    AddedTokenMatcher raw = new AddedTokenMatcher(added);
    AddedTokenMatcher none = new AddedTokenMatcher(Map.of());
    AlignedEncoder general = new AlignedEncoder(definition, raw, none);
    ByteLevelEncoder fast =
        Objects.requireNonNull(ByteLevelEncoder.of(definition, raw, none), name);
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      String text = text(random);
      int limit = 1 + random.nextInt(9);
      assertSame(text, fast.encode(text, 1, Integer.MAX_VALUE), general.encode(text, 1, null));
      Truncation truncation = new Truncation(limit, Truncation.Strategy.LONGEST_FIRST, 0, false);
      assertSame(text, fast.encode(text, 0, limit), general.encode(text, 0, truncation));
    }
  }

  private static void assertSame(String text, Draft actual, Draft expected) {
    assertThat(actual.ids()).as(text).isEqualTo(expected.ids());
    assertThat(actual.tokens()).as(text).isEqualTo(expected.tokens());
    assertThat(actual.starts()).as(text).isEqualTo(expected.starts());
    assertThat(actual.ends()).as(text).isEqualTo(expected.ends());
    assertThat(actual.wordIds()).as(text).isEqualTo(expected.wordIds());
    assertThat(actual.typeIds()).as(text).isEqualTo(expected.typeIds());
  }

  /** Pairs of random pieces; with {@code crossing}, some put a mark after another character. */
  private static BpeModel bpe(Random random, boolean bytes, boolean crossing) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "\u2581", "a", "b", "t", "h", "e", "."));
    for (int b = 0; b < 256 && bytes; b++) {
      tokens.add(String.format("<0x%02X>", b));
    }
    Map<String, Integer> ids = new HashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    List<String> pieces = new ArrayList<>(tokens.subList(1, 8));
    List<Integer> left = new ArrayList<>(), right = new ArrayList<>();
    while (left.size() < 60) {
      String a = pieces.get(random.nextInt(pieces.size()));
      String b = pieces.get(random.nextInt(pieces.size()));
      boolean crosses = b.startsWith("\u2581") && !a.endsWith("\u2581");
      if ((crosses && !crossing) || ids.containsKey(a + b)) {
        continue;
      }
      left.add(ids.get(a));
      right.add(ids.get(b));
      ids.put(a + b, ids.size());
      pieces.add(a + b);
    }
    return new BpeModel(
        new Vocabulary(ids),
        left.stream().mapToInt(Integer::intValue).toArray(),
        right.stream().mapToInt(Integer::intValue).toArray(),
        new BpeModel.Options("<unk>", null, null, true, bytes, false));
  }

  private static List<List<Integer>> tokens(java.util.function.Consumer<Model.TokenSink> run) {
    List<List<Integer>> tokens = new ArrayList<>();
    run.accept(
        new Model.TokenSink() {
          @Override
          public void accept(int id, int start, int end) {
            tokens.add(List.of(id, start, end));
          }

          @Override
          public void acceptUnknown(int id, int start, int end) {
            tokens.add(List.of(-id, start, end));
          }
        });
    return tokens;
  }

  @Test
  void dividingAtMarksAndRememberingWordsChangeNoTokens() {
    Random random = new Random(2);
    for (int m = 0; m < 40; m++) {
      boolean crossing = m % 4 == 3;
      BpeModel model = bpe(random, m % 2 == 0, crossing);
      WordCache cache = new WordCache(model);
      int divided = 0;
      for (int i = 0; i < 200; i++) {
        AlignedText text = AlignedText.of(text(random).replace(' ', '\u2581'));
        assertThat(tokens(sink -> cache.tokenize(text, sink)))
            .as(text.toString())
            .isEqualTo(text.isEmpty() ? List.of() : tokens(sink -> model.tokenize(text, sink)));
        divided += !text.isEmpty() && model.nextBoundary(text, 0) < text.length() ? 1 : 0;
      }
      if (!crossing) {
        assertThat(divided).isPositive();
      }
    }
  }
}
