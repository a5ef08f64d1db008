package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.bpe.IdBuffer;
import dev.rapt.tokenizer.postprocess.Padding;
import dev.rapt.tokenizer.postprocess.Truncation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Encodings recorded from the Python library. */
final class TokenizerGoldenTest {
  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> encodesAndDecodesAsTheReference() throws IOException {
    return Golden.tokenizerFolders().stream()
        .map(folder ->
            DynamicTest.dynamicTest(name(folder), () -> check(folder, Tokenizer.load(folder))));
  }

  @TestFactory
  Stream<DynamicTest> savingAndLoadingChangesNothing() throws IOException {
    return Golden.tokenizerFolders().stream()
        .map(folder ->
            DynamicTest.dynamicTest(
                name(folder),
                () -> {
                  Path copy = temporary.resolve(folder.getFileName().toString());
                  Tokenizer original = Tokenizer.load(folder);
                  original.save(copy);
                  Tokenizer reloaded = Tokenizer.load(copy);
                  assertThat(reloaded.bosId()).isEqualTo(original.bosId());
                  check(folder, reloaded);
                }));
  }

  private static String name(Path folder) {
    return folder.getParent().getParent().getFileName() + "/" + folder.getFileName();
  }

  private static void check(Path folder, Tokenizer tokenizer) throws IOException {
    JsonNode cases = Golden.cases(folder);
    List<String> failures = new ArrayList<>();
    for (JsonNode item : cases.path("encode")) {
      String text = item.get("text").stringValue();
      collect(failures, "encode " + text, () -> checkEncode(tokenizer, item));
    }
    for (JsonNode item : cases.path("pairs")) {
      Encoding pair =
          tokenizer.encodePair(
              item.get("a").stringValue(), item.get("b").stringValue(), EncodeOptions.DEFAULT);
      collect(failures, "pair " + item.get("a"), () -> checkEncoding(pair, item));
    }
    for (JsonNode item : cases.path("decode")) {
      collect(failures, "decode " + item.get("ids"), () -> checkDecode(tokenizer, item));
    }
    for (JsonNode item : cases.path("batches")) {
      collect(failures, "batch " + item.get("padding"), () -> checkBatch(tokenizer, item));
    }
    for (JsonNode item : cases.path("truncation")) {
      collect(
          failures,
          "truncation " + item.get("truncation") + item.get("a"),
          () -> checkTruncation(tokenizer, item));
    }
    assertThat(failures).as(failures.size() + " failures").isEmpty();
  }

  private static void collect(List<String> failures, String what, Runnable check) {
    try {
      check.run();
    } catch (AssertionError | RuntimeException e) {
      failures.add(what + ": " + e);
    }
  }

  private static void checkEncode(Tokenizer tokenizer, JsonNode item) {
    String text = item.get("text").stringValue();
    checkEncoding(tokenizer.encodeWithOffsets(text), item);
    assertThat(tokenizer.encode(text)).as("fast ids").isEqualTo(ints(item.get("ids")));
    IdBuffer plain = new IdBuffer(0);
    tokenizer.encode(text, plain);
    assertThat(plain.toArray()).as("plain").isEqualTo(ints(item.get("ids_without_special")));
    Encoding without = tokenizer.encodeWithOffsets(text, EncodeOptions.PLAIN);
    assertThat(without.ids()).isEqualTo(ints(item.get("ids_without_special")));
    checkDecode(tokenizer, item);
  }

  private static void checkDecode(Tokenizer tokenizer, JsonNode item) {
    int[] ids = ints(item.get("ids"));
    String decoded = item.get("decoded").stringValue();
    assertThat(tokenizer.decode(ids)).as("decoded").isEqualTo(decoded);
    assertThat(tokenizer.decode(ids, true))
        .as("decoded without special tokens")
        .isEqualTo(item.get("decoded_skip_special").stringValue());
  }

  private static void checkEncoding(Encoding encoding, JsonNode item) {
    assertThat(encoding.ids()).as("ids").isEqualTo(ints(item.get("ids")));
    if (item.has("tokens")) {
      assertThat(encoding.tokens())
          .as("tokens")
          .isEqualTo(item.get("tokens").valueStream().map(JsonNode::stringValue).toList());
    }
    List<String> offsets = new ArrayList<>();
    for (int i = 0; i < encoding.size(); i++) {
      offsets.add("[" + encoding.start(i) + "," + encoding.end(i) + "]");
    }
    assertThat(offsets)
        .as("offsets")
        .isEqualTo(item.get("offsets").valueStream().map(JsonNode::toString).toList());
    checkMask(encoding.typeIds(), item, "type_ids");
    checkMask(encoding.specialTokensMask(), item, "special_tokens_mask");
    checkMask(encoding.attentionMask(), item, "attention_mask");
    checkMask(encoding.wordIds(), item, "word_ids");
    if (item.has("overflowing")) {
      assertThat(encoding.overflowing()).as("overflowing").hasSize(item.get("overflowing").size());
      for (int i = 0; i < encoding.overflowing().size(); i++) {
        checkEncoding(encoding.overflowing().get(i), item.get("overflowing").get(i));
      }
    }
  }

  private static void checkMask(int[] got, JsonNode item, String name) {
    if (item.has(name)) {
      assertThat(got).as(name).isEqualTo(ints(item.get(name)));
    }
  }

  private static void checkBatch(Tokenizer tokenizer, JsonNode item) {
    JsonNode p = item.get("padding");
    Padding padding =
        new Padding(
            p.path("length").asInt(0),
            p.path("direction").asString("right").equals("left"),
            p.path("pad_to_multiple_of").asInt(0),
            p.path("pad_id").asInt(0),
            p.path("pad_type_id").asInt(0),
            p.path("pad_token").stringValue());
    List<String> texts = item.get("texts").valueStream().map(JsonNode::stringValue).toList();
    List<Encoding> batch = tokenizer.encodeBatch(texts, EncodeOptions.DEFAULT.withPadding(padding));
    for (int i = 0; i < batch.size(); i++) {
      checkEncoding(batch.get(i), item.get("encodings").get(i));
    }
  }

  private static void checkTruncation(Tokenizer tokenizer, JsonNode item) {
    JsonNode t = item.get("truncation");
    Truncation truncation =
        new Truncation(
            t.get("max_length").asInt(),
            Truncation.Strategy.valueOf(
                t.path("strategy").asString("longest_first").toUpperCase(Locale.ROOT)),
            t.path("stride").asInt(0),
            t.path("direction").asString("right").equals("left"));
    EncodeOptions options = EncodeOptions.DEFAULT.withTruncation(truncation);
    String a = item.get("a").stringValue();
    Encoding encoding =
        item.has("b") && !item.get("b").isNull()
            ? tokenizer.encodePair(a, item.get("b").stringValue(), options)
            : tokenizer.encodeWithOffsets(a, options);
    checkEncoding(encoding, item);
  }

  private static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(n -> n.isNull() ? -1 : n.intValue()).toArray();
  }
}
