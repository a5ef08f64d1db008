package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that each query of a pass sees, as intervals: causal and sliding-window attention with
 * left padding or packed documents, or bidirectional attention with right padding.
 */
final class VisibleKeys {
  private static final int NO_WINDOW = 0;

  /**
   * Parameters of an interval.
   *
   * @param from position that the interval is relative to
   */
  private record Look(int window, int from) {}

  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final int pastLen;
  private final int[] firstKeys;
  private final int @Nullable [] lengths;
  private final int @Nullable [] lastKeys;
  private final Map<Look, Tensor> starts = new HashMap<>();
  private final Map<Look, Tensor> chunks = new HashMap<>();
  private final Map<Look, Tensor> ends = new HashMap<>();

  /**
   * Creates the intervals of a pass over T tokens of B sequences.
   *
   * @param scope scope of the tensors that this returns
   * @param pastLen number of earlier positions, held in the KV cache
   * @param firstKeys (B, T) first key that each token sees
   * @param lengths (B) length of each sequence of a bidirectional pass, without right padding; null
   *     for a causal pass
   * @param lastKeys (B, T) end of the keys that each token of a bidirectional pass sees, exclusive,
   *     where that is not the length of the sequence; else null
   */
  VisibleKeys(
      Scope scope,
      int batchSize,
      int seqLen,
      int pastLen,
      int[] firstKeys,
      int @Nullable [] lengths,
      int @Nullable [] lastKeys) {
    this.scope = scope;
    this.batchSize = batchSize;
    this.seqLen = seqLen;
    this.pastLen = pastLen;
    this.firstKeys = firstKeys;
    this.lengths = lengths;
    this.lastKeys = lastKeys;
  }

  /** See {@link Pass#lengths}. */
  int[] lengths() {
    if (lengths == null) {
      throw new IllegalStateException(
          "pass: must be bidirectional, got a causal pass; call bidirectional(lengths)");
    }
    if (lastKeys != null) {
      throw new IllegalArgumentException(
          "packed documents: must be one document in each sequence for this attention, got several; do not separate documents");
    }
    return lengths;
  }

  /**
   * Returns the positions (B, T), counted from the first key that each token sees; 0 for left
   * padding.
   */
  int[] countedPositions() {
    int[] counted = new int[batchSize * seqLen];
    Arrays.setAll(counted, i -> Math.max(0, own(i) - firstKeys[i]));
    return counted;
  }

  /** Returns the index of token i of the pass among the keys. */
  private int own(int i) {
    return pastLen + i % seqLen;
  }

  /**
   * Returns the first key that each query sees, (B, T) i32, relative to the position {@code from}.
   */
  Tensor from(int window, int from) {
    return starts.computeIfAbsent(new Look(window, from), this::starts);
  }

  private Tensor starts(Look look) {
    int[] starts = firstKeys.clone();
    for (int i = 0; i < starts.length; i++) {
      if (look.window != NO_WINDOW) {
        starts[i] = Math.max(starts[i], own(i) - look.window + 1);
      }
      starts[i] = Math.max(0, starts[i] - look.from);
    }
    return scope.ints(starts, batchSize, seqLen);
  }

  /**
   * Returns the first key of each query's chunk of this size, (B, T) i32, relative to the position
   * {@code from}. Chunks start at the first key that a token sees, so that padding does not move
   * them.
   */
  Tensor chunkFrom(int size, int from) {
    return chunks.computeIfAbsent(new Look(size, from), this::chunkStarts);
  }

  private Tensor chunkStarts(Look look) {
    int[] starts = firstKeys.clone();
    for (int i = 0; i < starts.length; i++) {
      int seen = Math.max(0, own(i) - starts[i]);
      starts[i] = Math.max(0, starts[i] + seen / look.window * look.window - look.from);
    }
    return scope.ints(starts, batchSize, seqLen);
  }

  /**
   * Returns the end (exclusive) of the keys that each query sees, (B, T) i32, relative to the
   * position {@code from}.
   */
  Tensor to(int window, int from) {
    return ends.computeIfAbsent(new Look(lengths == null ? NO_WINDOW : window, from), this::ends);
  }

  private Tensor ends(Look look) {
    int[] ends = new int[batchSize * seqLen];
    for (int i = 0; i < ends.length; i++) {
      if (lengths == null) {
        ends[i] = own(i) + 1;
      } else {
        int length = lastKeys == null ? lengths[i / seqLen] : lastKeys[i];
        ends[i] = look.window == NO_WINDOW ? length : Math.min(length, own(i) + look.window);
      }
      ends[i] -= look.from;
    }
    return scope.ints(ends, batchSize, seqLen);
  }

  /** Returns whether a bidirectional pass has right padding. */
  boolean isPaddedOnTheRight() {
    return lengths != null && Arrays.stream(lengths).anyMatch(length -> length < seqLen);
  }

  /** Returns the mask (B, T) i32 of right padding: 1 for tokens, 0 for padding. */
  Tensor rightMask() {
    int[] mask = new int[batchSize * seqLen];
    Arrays.setAll(mask, i -> lengths == null || i % seqLen < lengths[i / seqLen] ? 1 : 0);
    return scope.ints(mask, batchSize, seqLen);
  }

  /**
   * Returns the mask (B, T) i32 of left padding: 1 for tokens, 0 for padding; null without padding.
   */
  @Nullable Tensor leftMask() {
    int[] mask = new int[batchSize * seqLen];
    Arrays.setAll(mask, i -> own(i) < firstKeys[i] ? 0 : 1);
    boolean padded = Arrays.stream(mask).anyMatch(seen -> seen == 0);
    return padded ? scope.ints(mask, batchSize, seqLen) : null;
  }

  /** See {@link Pass#zeroPadding}. */
  Tensor zeroPadding(Tensor x) {
    float[] seen = new float[firstKeys.length];
    boolean padded = false;
    for (int i = 0; i < seen.length; i++) {
      int firstOfRow = firstKeys[i - i % seqLen];
      if (firstKeys[i] != firstOfRow) {
        throw new IllegalArgumentException(
            "pass: recurrent layers need one document per sequence, got first keys %d and %d"
                .formatted(firstOfRow, firstKeys[i]));
      }
      boolean isPadding = own(i) < firstKeys[i];
      seen[i] = isPadding ? 0 : 1;
      padded |= isPadding;
    }
    return padded ? Ops.multiply(x, scope.floats(seen, batchSize, seqLen, 1)) : x;
  }
}
