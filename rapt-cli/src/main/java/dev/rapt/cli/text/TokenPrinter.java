package dev.rapt.cli.text;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints the tokens of texts as table, ids, count or JSON. */
public final class TokenPrinter {
  private static final int WIDEST_TOKEN = 32;

  private final PrintWriter out;
  private final Tokenizer tokenizer;

  /** Prints the tokens of a tokenizer. */
  public TokenPrinter(PrintWriter out, Tokenizer tokenizer) {
    this.out = out;
    this.tokenizer = tokenizer;
  }

  /** Encodes a text, or a pair of texts. */
  public Encoding encode(String text, @Nullable String pair, EncodeOptions options) {
    return pair == null
        ? tokenizer.encodeWithOffsets(text, options)
        : tokenizer.encodePair(text, pair, options);
  }

  /** Prints the number of tokens. */
  public void count(Encoding encoding) {
    out.println(encoding.size());
  }

  /** Prints the ids, separated by spaces. */
  public void ids(Encoding encoding) {
    out.println(
        Arrays.stream(encoding.ids()).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
  }

  /** Prints a text as it is, or as a JSON object. */
  public void text(String text, boolean asJson) {
    if (asJson) {
      Json.print(out, Map.of("text", text));
    } else {
      out.println(text);
    }
  }

  /** The text of ids, which are separated by spaces or commas. */
  public String decode(String ids) {
    return tokenizer.decode(parseIds(ids, tokenizer.vocabSize()));
  }

  /** Prints the tokens of a text, or of a pair of texts, as a JSON object. */
  public void json(Encoding encoding, String text, @Nullable String pair) {
    Json.print(out, toMap(encoding, text, pair));
  }

  private static Map<String, Object> toMap(Encoding encoding, String text, @Nullable String pair) {
    List<List<Integer>> offsets = new ArrayList<>();
    for (int i = 0; i < encoding.size(); i++) {
      offsets.add(List.of(encoding.start(i), encoding.end(i)));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("count", encoding.size());
    map.put("bytes", bytes(text, pair));
    map.put("ids", encoding.ids());
    map.put("tokens", encoding.tokens());
    map.put("offsets", offsets);
    map.put("word_ids", encoding.wordIds());
    map.put("type_ids", encoding.typeIds());
    map.put("sequence_ids", encoding.sequenceIds());
    map.put("special_tokens_mask", encoding.specialTokensMask());
    return map;
  }

  private static int bytes(String text, @Nullable String pair) {
    return text.getBytes(StandardCharsets.UTF_8).length
        + (pair == null ? 0 : pair.getBytes(StandardCharsets.UTF_8).length);
  }

  /** A row for each token, and a line with the totals. */
  public void rows(Encoding encoding, String text, @Nullable String pair, boolean withOffsets) {
    int width = "token".length();
    for (String token : encoding.tokens()) {
      width = Math.min(WIDEST_TOKEN, Math.max(width, token.length()));
    }
    String begin = "%7s  %-" + width + "s  ";
    out.println(
        Format.format(begin, "id", "token")
            + (withOffsets ? Format.format("%13s %5s %4s  ", "characters", "word", "type") : "")
            + "text");
    int[] texts = encoding.sequenceIds();
    int[] wordIds = encoding.wordIds();
    int[] typeIds = encoding.typeIds();
    for (int i = 0; i < encoding.size(); i++) {
      int id = encoding.id(i);
      int start = encoding.start(i);
      int end = encoding.end(i);
      boolean isInText = texts[i] >= 0;
      String source = texts[i] == 1 && pair != null ? pair : text;
      String piece = isInText && end > start ? visible(covered(source, start, end)) : "";
      String row = Format.format(begin, id, encoding.tokens().get(i));
      if (withOffsets) {
        row +=
            Format.format(
                "%13s %5s %4d  ",
                isInText ? start + "-" + end : "", wordIds[i] < 0 ? "" : wordIds[i], typeIds[i]);
      }
      out.println(row + piece);
    }
    int bytes = bytes(text, pair);
    out.println(
        Format.format(
            "%d tokens, %d bytes, %.2f bytes per token",
            encoding.size(), bytes, encoding.size() == 0 ? 0.0 : (double) bytes / encoding.size()));
  }

  /** The part of the text between two offsets, which count code points. */
  private static String covered(String text, int start, int end) {
    int points = text.codePointCount(0, text.length());
    int from = text.offsetByCodePoints(0, Math.min(start, points));
    return text.substring(
        from, text.offsetByCodePoints(from, Math.min(end, points) - Math.min(start, points)));
  }

  private static String visible(String piece) {
    return "\""
        + piece.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        + "\"";
  }

  private static int[] parseIds(String text, int vocabSize) {
    String[] parts = text.strip().split("[\\s,\\[\\]]+", -1);
    return Arrays.stream(parts)
        .filter(part -> !part.isEmpty())
        .mapToInt(part -> parseId(part, vocabSize))
        .toArray();
  }

  private static int parseId(String part, int vocabSize) {
    try {
      int id = Integer.parseInt(part);
      if (id >= 0 && id < vocabSize) {
        return id;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new IllegalArgumentException(
        "ids: must be numbers from 0 to " + (vocabSize - 1) + ", got " + part);
  }
}
