package dev.rapt.text;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.List;

/** Encodes texts for a model, and finds their parts again. */
final class Texts {
  private Texts() {}

  /** Encodes each text by itself, cut off at so many tokens. */
  static List<Encoding> encode(Tokenizer tokenizer, List<String> texts, int maxTokens) {
    EncodeOptions options = EncodeOptions.DEFAULT.withTruncation(Truncation.to(maxTokens));
    return tokenizer.encodeBatch(texts, options);
  }

  /**
   * Encodes a text in windows of so many tokens.
   *
   * @param overlap tokens that neighbouring windows share
   */
  static List<Encoding> windows(Tokenizer tokenizer, String text, int maxTokens, int overlap) {
    Truncation truncation =
        new Truncation(maxTokens, Truncation.Strategy.LONGEST_FIRST, overlap, false);
    return tokenizer.encodeInWindows(text, null, truncation);
  }

  /** Tokens that windows can share: at most half of what fits between the special ones. */
  static int overlap(Tokenizer tokenizer, int maxTokens, int wanted) {
    return overlap(maxTokens - tokenizer.encode("").length, wanted);
  }

  /**
   * The same for windows with so much room.
   *
   * @throws IllegalArgumentException if a negative number is wanted
   */
  static int overlap(int room, int wanted) {
    if (wanted < 0) {
      throw new IllegalArgumentException("overlap: must be at least 0, got " + wanted);
    }
    return Math.max(0, Math.min(wanted, room / 2));
  }

  /** Index of the char at which a code point of the text begins. */
  static int charIndex(String text, int codePoint) {
    return text.offsetByCodePoints(0, codePoint);
  }
}
