package dev.rapt.verify.tokenizer;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerReader;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Matches;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.verify.report.CaseReport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Compares outputs of single normalisers, pre-tokenizers, decoders and split patterns. */
public final class ComponentChecks {
  private ComponentChecks() {}

  /** Runs all components of a case; {@code recorded} is its cases.json. */
  public static void components(JsonNode recorded, CaseReport report) {
    check(
        recorded.path("normalizers"),
        report,
        json -> {
          Normalizer normalizer = TokenizerReader.normalizer(json);
          return input -> normalizer.apply(AlignedText.of(input.stringValue())).toString();
        },
        JsonNode::stringValue);
    check(
        recorded.path("pre_tokenizers"),
        report,
        json -> {
          PreTokenizer preTokenizer = TokenizerReader.preTokenizer(json);
          return input -> pieces(preTokenizer.split(AlignedText.of(input.stringValue())));
        },
        ComponentChecks::recordedPieces);
    check(
        recorded.path("decoders"),
        report,
        json -> {
          TokenDecoder decoder = TokenizerReader.decoder(json);
          return input -> String.join("", decoder.decode(RecordedValues.texts(input)));
        },
        JsonNode::stringValue);
  }

  private static void check(
      JsonNode items,
      CaseReport report,
      Function<JsonNode, Function<JsonNode, Object>> component,
      Function<JsonNode, Object> expected) {
    for (JsonNode item : items) {
      CheckGroup group = new CheckGroup(item.get("name").stringValue(), report);
      for (JsonNode example : item.get("cases")) {
        group.check(
            example.get(0).toString(),
            () ->
                CheckGroup.same(
                    "result",
                    component.apply(item.get("json")).apply(example.get(0)),
                    expected.apply(example.get(1))));
      }
      group.end();
    }
  }

  private static List<String> pieces(List<AlignedText> pieces) {
    List<String> out = new ArrayList<>();
    for (AlignedText piece : pieces) {
      out.add(
          piece
              + " ["
              + piece.originalStart(0)
              + ","
              + piece.originalEnd(piece.length() - 1)
              + "]");
    }
    return out;
  }

  private static List<String> recordedPieces(JsonNode expected) {
    List<String> out = new ArrayList<>();
    expected.forEach(piece -> out.add(piece.get(0).stringValue() + " " + piece.get(1)));
    return out;
  }

  /** Runs all split patterns of a case; {@code recorded} is its cases.json. */
  public static void patterns(JsonNode recorded, CaseReport report) {
    for (JsonNode item : recorded.path("patterns")) {
      String source = item.get("pattern").stringValue();
      TextPattern regex = new TextPattern.Regex(source);
      SplitScanner scanner = SplitScanner.forPatterns(List.of(source));
      CheckGroup group = new CheckGroup(item.get("name").stringValue(), report);
      for (JsonNode example : item.get("cases")) {
        group.check(
            example.get(0).toString(),
            () -> {
              AlignedText text = AlignedText.of(example.get(0).stringValue());
              List<String> expected = RecordedValues.texts(example.get(1));
              CheckGroup.same("pieces", split(text, regex.find(text)), expected);
              if (scanner != null) {
                CheckGroup.same("pieces of the scanner", split(text, scanner.find(text)), expected);
              }
            });
      }
      group.end();
    }
  }

  private static List<String> split(AlignedText text, Matches spans) {
    return SplitBehavior.ISOLATED.split(text, spans).stream().map(AlignedText::toString).toList();
  }
}
