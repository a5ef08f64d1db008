package dev.rapt.text;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.List;

/** Encodes texts for a model. */
final class Texts {
  private Texts() {}

  /** Encodes each text, cut to at most maxTokens. */
  static List<Encoding> encode(Tokenizer tokenizer, List<String> texts, int maxTokens) {
    return encode(tokenizer, texts, Truncation.to(maxTokens));
  }

  /** Encodes each text, cut in this way. */
  static List<Encoding> encode(Tokenizer tokenizer, List<String> texts, Truncation truncation) {
    return tokenizer.encodeBatch(texts, EncodeOptions.DEFAULT.withTruncation(truncation));
  }

  /** Encodes each pair of texts, cut to at most maxTokens. */
  static List<Encoding> encodePairs(Tokenizer tokenizer, List<TextPair> pairs, int maxTokens) {
    return tokenizer.encodePairs(
        pairs.stream().map(TextPair::first).toList(),
        pairs.stream().map(TextPair::second).toList(),
        EncodeOptions.DEFAULT.withTruncation(Truncation.to(maxTokens)));
  }

  /**
   * Encodes a text in windows of at most maxTokens.
   *
   * @param overlap tokens that neighbouring windows share
   */
  static List<Encoding> windows(Tokenizer tokenizer, String text, int maxTokens, int overlap) {
    Truncation truncation =
        new Truncation(maxTokens, Truncation.Strategy.LONGEST_FIRST, overlap, false);
    return tokenizer.encodeInWindows(text, null, truncation);
  }

  /** The overlap of windows: as requested, at most half of the room between special tokens. */
  static int overlap(Tokenizer tokenizer, int maxTokens, int requested) {
    return overlap(maxTokens - tokenizer.encode("").length, requested);
  }

  /**
   * The overlap of windows: as requested, at most half of the room.
   *
   * @throws IllegalArgumentException if it is negative
   */
  static int overlap(int room, int requested) {
    if (requested < 0) {
      throw new IllegalArgumentException("overlap: must be at least 0, got " + requested);
    }
    return Math.max(0, Math.min(requested, room / 2));
  }

  /** The part of a text between two offsets in code points. */
  static String part(String text, int start, int end) {
    int from = text.offsetByCodePoints(0, start);
    return text.substring(from, text.offsetByCodePoints(from, end - start));
  }
}
