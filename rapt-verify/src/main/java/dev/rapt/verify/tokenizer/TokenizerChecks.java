package dev.rapt.verify.tokenizer;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import dev.rapt.verify.report.CaseReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Compares encodings of texts, pairs and batches, and decodings. */
public final class TokenizerChecks {
  private final Tokenizer tokenizer;

  private TokenizerChecks(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Runs all calls of a case.
   *
   * @param tokenizer the tokenizer under test
   * @param prefix prefix of the names in the report
   * @param recorded cases.json of the case
   * @param report receives the results
   */
  public static void run(Tokenizer tokenizer, String prefix, JsonNode recorded, CaseReport report) {
    encodings(tokenizer, prefix, recorded, report);
    decodings(tokenizer, recorded, report);
  }

  /** Runs the decodings of a case. */
  public static void decodings(Tokenizer tokenizer, JsonNode recorded, CaseReport report) {
    TokenizerChecks checks = new TokenizerChecks(tokenizer);
    CheckGroup decode = new CheckGroup("decode", report);
    for (JsonNode item : recorded.path("decode")) {
      decode.check(item.get("ids").toString(), () -> checks.decode(item));
    }
    decode.end();
  }

  /** Runs the encodings of a case, as {@link #run}. */
  public static void encodings(
      Tokenizer tokenizer, String prefix, JsonNode recorded, CaseReport report) {
    TokenizerChecks checks = new TokenizerChecks(tokenizer);
    CheckGroup encode = new CheckGroup(prefix + "encode", report);
    for (JsonNode item : recorded.path("encode")) {
      encode.check(item.get("text").toString(), () -> checks.encode(item));
    }
    encode.end();
    CheckGroup pairs = new CheckGroup(prefix + "pairs", report);
    for (JsonNode item : recorded.path("pairs")) {
      pairs.check(
          item.get("a") + " " + item.get("b"),
          () ->
              checks.encoding(
                  tokenizer.encodePair(
                      item.get("a").stringValue(),
                      item.get("b").stringValue(),
                      EncodeOptions.DEFAULT),
                  item));
    }
    pairs.end();
    CheckGroup batches = new CheckGroup(prefix + "batches", report);
    for (JsonNode item : recorded.path("batches")) {
      batches.check(item.get("padding").toString(), () -> checks.batch(item));
    }
    batches.end();
    CheckGroup truncation = new CheckGroup(prefix + "truncation", report);
    for (JsonNode item : recorded.path("truncation")) {
      truncation.check(item.get("truncation") + " " + item.get("a"), () -> checks.truncation(item));
    }
    truncation.end();
  }

  private void encode(JsonNode item) {
    String text = item.get("text").stringValue();
    List<Integer> plain = RecordedValues.list(item.get("ids_without_special"));
    encoding(tokenizer.encodeWithOffsets(text), item);
    CheckGroup.same(
        "ids alone",
        RecordedValues.list(tokenizer.encode(text)),
        RecordedValues.list(item.get("ids")));
    IdBuffer ids = new IdBuffer(0);
    tokenizer.encode(text, ids);
    CheckGroup.same("ids without special tokens", RecordedValues.list(ids.toArray()), plain);
    Encoding without = tokenizer.encodeWithOffsets(text, EncodeOptions.PLAIN);
    CheckGroup.same("tokens without special ones", RecordedValues.list(without.ids()), plain);
    decode(item);
    stream(item);
  }

  private void decode(JsonNode item) {
    int[] ids = RecordedValues.list(item.get("ids")).stream().mapToInt(Integer::intValue).toArray();
    CheckGroup.same("decoded", tokenizer.decode(ids), item.get("decoded").stringValue());
    String withoutSpecial = item.get("decoded_skip_special").stringValue();
    CheckGroup.same("decoded without special tokens", tokenizer.decode(ids, true), withoutSpecial);
  }

  /**
   * Compares decoding token by token. Random ids are left out: where bytes are not valid UTF-8, the
   * decoders of SentencePiece tokenizers also replace valid bytes before them, which the
   * incremental decoder has returned already.
   */
  private void stream(JsonNode item) {
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(true);
    StringBuilder streamed = new StringBuilder();
    item.get("ids").forEach(id -> streamed.append(decoder.next(id.intValue())));
    streamed.append(decoder.finish());
    CheckGroup.same(
        "decoded one by one", streamed.toString(), item.get("decoded_skip_special").stringValue());
  }

  private void encoding(Encoding encoding, JsonNode item) {
    CheckGroup.same(
        "ids", RecordedValues.list(encoding.ids()), RecordedValues.list(item.get("ids")));
    if (item.has("tokens")) {
      CheckGroup.same("tokens", encoding.tokens(), RecordedValues.texts(item.get("tokens")));
    }
    List<List<Integer>> offsets = new ArrayList<>();
    for (int i = 0; i < encoding.size(); i++) {
      offsets.add(List.of(encoding.start(i), encoding.end(i)));
    }
    List<List<Integer>> wanted = new ArrayList<>();
    item.get("offsets").forEach(offset -> wanted.add(RecordedValues.list(offset)));
    CheckGroup.same("offsets", offsets, wanted);
    optional(encoding.typeIds(), item, "type_ids");
    optional(encoding.specialTokensMask(), item, "special_tokens_mask");
    optional(encoding.attentionMask(), item, "attention_mask");
    optional(encoding.wordIds(), item, "word_ids");
    if (item.has("overflowing")) {
      List<Encoding> overflowing = encoding.overflowing();
      CheckGroup.same("overflowing", overflowing.size(), item.get("overflowing").size());
      for (int i = 0; i < overflowing.size(); i++) {
        encoding(overflowing.get(i), item.get("overflowing").get(i));
      }
    }
  }

  private static void optional(int[] got, JsonNode item, String name) {
    if (item.has(name)) {
      CheckGroup.same(name, RecordedValues.list(got), RecordedValues.list(item.get(name)));
    }
  }

  private void batch(JsonNode item) {
    JsonNode p = item.get("padding");
    Padding padding =
        new Padding(
            p.path("length").asInt(0),
            p.path("direction").asString("right").equals("left"),
            p.path("pad_to_multiple_of").asInt(0),
            p.path("pad_id").asInt(0),
            p.path("pad_type_id").asInt(0),
            p.path("pad_token").asString("[PAD]"));
    List<Encoding> batch =
        tokenizer.encodeBatch(
            RecordedValues.texts(item.get("texts")), EncodeOptions.DEFAULT.withPadding(padding));
    CheckGroup.same("encodings", batch.size(), item.get("encodings").size());
    for (int i = 0; i < batch.size(); i++) {
      encoding(batch.get(i), item.get("encodings").get(i));
    }
  }

  private void truncation(JsonNode item) {
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
    encoding(
        item.has("b") && !item.get("b").isNull()
            ? tokenizer.encodePair(a, item.get("b").stringValue(), options)
            : tokenizer.encodeWithOffsets(a, options),
        item);
  }
}
