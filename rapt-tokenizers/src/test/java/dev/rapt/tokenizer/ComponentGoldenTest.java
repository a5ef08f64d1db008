package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.decode.Decoder;
import dev.rapt.tokenizer.json.TokenizerReader;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Spans;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Single steps, recorded from the Python library. */
final class ComponentGoldenTest {
  @Test
  void normalizersGiveTheTextOfTheReference() throws IOException {
    check(
        "normalizers",
        json -> {
          Normalizer normalizer = TokenizerReader.normalizer(json);
          return input -> normalizer.apply(AlignedText.of(input.stringValue())).toString();
        },
        JsonNode::stringValue);
  }

  @Test
  void preTokenizersGiveThePiecesOfTheReference() throws IOException {
    check(
        "pre_tokenizers",
        json -> {
          PreTokenizer preTokenizer = TokenizerReader.preTokenizer(json);
          return input -> pieces(preTokenizer.split(AlignedText.of(input.stringValue())));
        },
        ComponentGoldenTest::expectedPieces);
  }

  @Test
  void decodersGiveTheTextOfTheReference() throws IOException {
    check(
        "decoders",
        json -> {
          Decoder decoder = TokenizerReader.decoder(json);
          return input ->
              String.join(
                  "", decoder.decode(input.valueStream().map(JsonNode::stringValue).toList()));
        },
        JsonNode::stringValue);
  }

  @Test
  void patternsSplitWhereTheReferenceSplits() throws IOException {
    List<String> failures = new ArrayList<>();
    for (Path folder : Golden.folders("tokenizers/regex")) {
      for (JsonNode item : Golden.cases(folder).get("patterns")) {
        String source = item.get("pattern").stringValue();
        TextPattern regex = new TextPattern.Regex(source);
        SplitScanner scanner = SplitScanner.forPattern(source);
        for (JsonNode example : item.get("cases")) {
          AlignedText text = AlignedText.of(example.get(0).stringValue());
          List<String> expected = example.get(1).valueStream().map(JsonNode::stringValue).toList();
          List<String> got = split(text, regex.find(text));
          if (!got.equals(expected)) {
            failures.add(item.get("name") + " " + text + ": " + got + " not " + expected);
          }
          if (scanner != null && !split(text, scanner.find(text)).equals(expected)) {
            failures.add("scanner " + item.get("name") + " " + text);
          }
        }
      }
    }
    assertThat(failures).isEmpty();
  }

  private static List<String> split(AlignedText text, Spans spans) {
    return SplitBehavior.ISOLATED.split(text, spans).stream().map(AlignedText::toString).toList();
  }

  private static String pieces(List<AlignedText> pieces) {
    StringBuilder out = new StringBuilder();
    for (AlignedText piece : pieces) {
      out.append(piece)
          .append(" [")
          .append(piece.originalStart(0))
          .append(',')
          .append(piece.originalEnd(piece.length() - 1))
          .append("]\n");
    }
    return out.toString();
  }

  private static String expectedPieces(JsonNode expected) {
    StringBuilder out = new StringBuilder();
    for (JsonNode piece : expected) {
      out.append(piece.get(0).stringValue()).append(' ').append(piece.get(1)).append('\n');
    }
    return out.toString();
  }

  private static void check(
      String group,
      Function<JsonNode, Function<JsonNode, String>> component,
      Function<JsonNode, String> expected)
      throws IOException {
    List<String> failures = new ArrayList<>();
    for (Path folder : Golden.folders("tokenizers/components")) {
      for (JsonNode item : Golden.cases(folder).get(group)) {
        Function<JsonNode, String> function = component.apply(item.get("json"));
        for (JsonNode example : item.get("cases")) {
          String want = expected.apply(example.get(1));
          String got;
          try {
            got = function.apply(example.get(0));
          } catch (RuntimeException e) {
            got = e.toString();
          }
          if (!got.equals(want)) {
            failures.add(item.get("name") + " " + example.get(0) + ": " + got + " not " + want);
          }
        }
      }
    }
    assertThat(failures).isEmpty();
  }
}
