package dev.rapt.generate.constrain.mask;

import org.jspecify.annotations.Nullable;

/** A set of ids of a vocabulary, kept as bits or, if it has few, as a list. Immutable. */
final class TokenSet {
  private final long @Nullable [] words;
  private final int[] ids;

  private TokenSet(long @Nullable [] words, int[] ids) {
    this.words = words;
    this.ids = ids;
  }

  /** The set of these bits, which are copied. */
  static TokenSet of(long[] words) {
    int count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    if (count >= 2 * words.length) {
      return new TokenSet(words.clone(), new int[0]);
    }
    int[] ids = new int[count];
    int size = 0;
    for (int w = 0; w < words.length; w++) {
      for (long rest = words[w]; rest != 0; rest &= rest - 1) {
        ids[size++] = (w << 6) + Long.numberOfTrailingZeros(rest);
      }
    }
    return new TokenSet(null, ids);
  }

  /** Adds the ids to a set of bits. */
  void addTo(long[] target) {
    if (words != null) {
      for (int i = 0; i < target.length; i++) {
        target[i] |= words[i];
      }
    }
    for (int id : ids) {
      target[id >> 6] |= 1L << id;
    }
  }

  /** Memory in bytes, about. */
  long size() {
    return 64 + 4L * ids.length + (words == null ? 0 : 8L * words.length);
  }
}
