package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which keys the queries of a pass see: intervals, from which follow causal and sliding-window
 * attention, padding on the left, and documents packed into one sequence; or, for encoders,
 * attention in both directions with padding on the right.
 */
final class VisibleKeys {
  private static final int NO_WINDOW = 0;

  /**
   * How far queries look.
   *
   * @param from the position from which on keys are counted
   */
  private record Look(int window, int from) {}

  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final int pastLen;
  private final int[] firstKeys;
  private final int @Nullable [] lengths;
  private final Map<Look, Tensor> starts = new HashMap<>();
  private final Map<Look, Tensor> chunks = new HashMap<>();
  private final Map<Look, Tensor> ends = new HashMap<>();

  /**
   * Of a pass over T tokens of B sequences.
   *
   * @param scope of the tensors that this gives
   * @param pastLen positions before the pass, in the cache
   * @param firstKeys (B, T) the first key that each token sees
   * @param lengths (B) tokens before the padding on the right, of a pass in both directions; null
   *     where tokens look back only
   */
  VisibleKeys(
      Scope scope,
      int batchSize,
      int seqLen,
      int pastLen,
      int[] firstKeys,
      int @Nullable [] lengths) {
    this.scope = scope;
    this.batchSize = batchSize;
    this.seqLen = seqLen;
    this.pastLen = pastLen;
    this.firstKeys = firstKeys;
    this.lengths = lengths;
  }

  /** See {@link Pass#lengths}. */
  int[] lengths() {
    if (lengths == null) {
      throw new IllegalStateException("pass: an encoder looks in both directions; give lengths");
    }
    return lengths;
  }

  /** (B, T) positions that count from the first key that each token sees; 0 on padding. */
  int[] countedPositions() {
    int[] counted = new int[batchSize * seqLen];
    Arrays.setAll(counted, i -> Math.max(0, own(i) - firstKeys[i]));
    return counted;
  }

  /** Where token i of the pass stands among the keys. */
  private int own(int i) {
    return pastLen + i % seqLen;
  }

  /** (B, T) i32: the first key that each query sees, counted from a position on. */
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
   * (B, T) i32: the first key of each query's chunk of this size, counted from a position on.
   * Chunks begin with the first key that a token sees, so that padding changes nothing.
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

  /** (B, T) i32: one past the last key that each query sees, counted from a position on. */
  Tensor to(int window, int from) {
    return ends.computeIfAbsent(new Look(lengths == null ? NO_WINDOW : window, from), this::ends);
  }

  private Tensor ends(Look look) {
    int[] ends = new int[batchSize * seqLen];
    for (int i = 0; i < ends.length; i++) {
      if (lengths == null) {
        ends[i] = own(i) + 1;
      } else {
        int length = lengths[i / seqLen];
        ends[i] = look.window == NO_WINDOW ? length : Math.min(length, own(i) + look.window);
      }
      ends[i] -= look.from;
    }
    return scope.ints(ends, batchSize, seqLen);
  }

  /** Whether a sequence of a pass in both directions is shorter than the pass. */
  boolean isPaddedOnTheRight() {
    return lengths != null && Arrays.stream(lengths).anyMatch(length -> length < seqLen);
  }

  /** (B, T) i32: 1 for tokens, 0 for the padding on the right. */
  Tensor rightMask() {
    int[] mask = new int[batchSize * seqLen];
    Arrays.setAll(mask, i -> lengths == null || i % seqLen < lengths[i / seqLen] ? 1 : 0);
    return scope.ints(mask, batchSize, seqLen);
  }

  /** (B, T) i32: 0 for tokens that are padding on the left; null if there are none. */
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
            "pass: recurrent layers take one document a sequence, got keys from %d and from %d"
                .formatted(firstOfRow, firstKeys[i]));
      }
      boolean isPadding = own(i) < firstKeys[i];
      seen[i] = isPadding ? 0 : 1;
      padded |= isPadding;
    }
    return padded ? Ops.multiply(x, scope.floats(seen, batchSize, seqLen, 1)) : x;
  }
}
