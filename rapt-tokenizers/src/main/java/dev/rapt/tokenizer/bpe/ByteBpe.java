package dev.rapt.tokenizer.bpe;

import dev.rapt.tokenizer.types.IdBuffer;
import java.util.Arrays;

/**
 * Byte-level BPE on UTF-8. Immutable and thread-safe; each call uses a {@link State} that no other
 * call uses at the same time.
 */
public final class ByteBpe {
  private final MergeTable merges;
  private final boolean ignoreMerges;
  private final int[] byteIds;
  private final int[] lengths;
  private final BytesTable vocabulary;

  /**
   * @param tokens bytes of each id; empty for an id without bytes
   * @param ignoreMerges whether a word that is in the vocabulary becomes that token without merging
   * @throws IllegalArgumentException if not every byte is a token
   */
  public ByteBpe(byte[][] tokens, MergeTable merges, boolean ignoreMerges) {
    this.merges = merges;
    lengths = Arrays.stream(tokens).mapToInt(token -> token.length).toArray();
    this.ignoreMerges = ignoreMerges;
    byteIds = new int[256];
    Arrays.fill(byteIds, -1);
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].length == 1) {
        byteIds[tokens[id][0] & 0xFF] = id;
      }
    }
    for (int b = 0; b < 256; b++) {
      if (byteIds[b] < 0) {
        throw new IllegalArgumentException(
            "byte-level BPE: every byte must be a token, got none for " + b);
      }
    }
    vocabulary = new BytesTable(ignoreMerges ? tokens : new byte[0][]);
  }

  /** Returns the number of bytes of a token. */
  public int length(int id) {
    return lengths[id];
  }

  /** Returns whether every byte is a token. */
  public static boolean coversAllBytes(byte[][] tokens) {
    boolean[] seen = new boolean[256];
    int count = 0;
    for (byte[] token : tokens) {
      if (token.length == 1 && !seen[token[0] & 0xFF]) {
        seen[token[0] & 0xFF] = true;
        count++;
      }
    }
    return count == 256;
  }

  /**
   * Appends the ids of the word {@code [from, to)}.
   *
   * @param s bytes of the text that contains the word
   */
  public void encode(byte[] s, int from, int to, State state, IdBuffer out) {
    int length = to - from;
    if (to + PieceCache.PADDING > s.length && length <= PieceCache.MAX_LONG) {
      System.arraycopy(s, from, state.tail, 0, length);
      s = state.tail;
      from = 0;
      to = length;
    }
    if (length <= PieceCache.MAX_SHORT) {
      long low = PieceCache.low(s, from, length);
      long high = PieceCache.high(s, from, length);
      long hit = state.cache.find(low, high);
      if (hit != PieceCache.MISS) {
        state.cache.copy(hit, out);
        return;
      }
      int start = out.size();
      merge(s, from, to, state.merger, out);
      state.cache.put(low, high, out, start);
    } else if (length <= PieceCache.MAX_LONG) {
      long hit = state.cache.findLong(s, from, length);
      if (hit != PieceCache.MISS) {
        state.cache.copy(hit, out);
        return;
      }
      int start = out.size();
      merge(s, from, to, state.merger, out);
      state.cache.putLong(s, from, length, out, start);
    } else {
      merge(s, from, to, state.merger, out);
    }
  }

  private void merge(byte[] s, int from, int to, PairMerger merger, IdBuffer out) {
    if (ignoreMerges) {
      int id = vocabulary.find(s, from, to);
      if (id >= 0) {
        out.add(id);
        return;
      }
    }
    merger.clear();
    for (int i = from; i < to; i++) {
      merger.add(byteIds[s[i] & 0xFF]);
    }
    merger.merge(merges);
    for (int i = 0; i < merger.size(); i++) {
      out.add(merger.id(i));
    }
  }

  /** Working memory of one thread: 3 MB, growing to at most 7 MB. */
  public static final class State {
    private final PieceCache cache = new PieceCache();
    private final PairMerger merger = new PairMerger();
    private final byte[] tail = new byte[PieceCache.MAX_LONG + PieceCache.PADDING];

    /** Creates an empty state. */
    public State() {}
  }
}
