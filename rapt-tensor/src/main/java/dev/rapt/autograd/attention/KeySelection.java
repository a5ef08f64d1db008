package dev.rapt.autograd.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Top-k key selection for sparse attention: chooses for each query t the keys s with the highest
 * scores, the sum over heads of weights[t, h] max(0, q[t, h] k[s]). Keys have one head. No
 * gradients flow through the choice. DeepSeek-V3.2-Exp, section 2.1.
 */
public final class KeySelection {
  /** Dot products held at a time, f32: 16 MiB. */
  private static final long BLOCK_ELEMENTS = 1 << 22;

  private final Heads q;
  private final Heads k;
  private final Tensor weights;
  private final int count;
  private final int[] keyFrom;
  private final int[] keyTo;
  private final KeyBits bits;

  private KeySelection(
      Heads q, Heads k, Tensor weights, int count, Tensor keyFrom, Tensor keyTo, KeyBits bits) {
    this.q = q;
    this.k = k;
    this.weights = weights;
    this.count = count;
    this.keyFrom = keyFrom.toInts();
    this.keyTo = keyTo.toInts();
    this.bits = bits;
  }

  /**
   * Selects the {@code count} keys with the highest scores for each query, at equal scores the
   * first; all keys if the query sees no more than that.
   *
   * @param scope where the result is allocated
   * @param q (B, T, H, E), all columns of their tensor, f32
   * @param k (B, S, 1, E), all columns of their tensor, f32; may have room for more positions
   * @param weights (B, T, H) f32
   * @param keyFrom (B, T) i32, the first key that each query sees
   * @param keyTo (B, T) i32, one past the last
   * @param totalLen S
   * @return bits for all heads of attention
   */
  public static KeyBits highest(
      Scope scope,
      Heads q,
      Heads k,
      Tensor weights,
      int count,
      Tensor keyFrom,
      Tensor keyTo,
      int totalLen) {
    int B = q.batchSize(), T = q.seqLen();
    weights.requireShape("key selection: weights", B, T, q.numHeads()).requireType(DType.F32);
    keyFrom.requireShape("key selection: keyFrom", B, T);
    keyTo.requireShape("key selection: keyTo", B, T);
    if (!q.isWhole() || !k.isWhole() || k.numHeads() != 1 || k.headDim() != q.headDim()) {
      throw new IllegalArgumentException(
          "key selection: keys must have one head of the width of queries, got %d x %d and %d x %d"
              .formatted(k.numHeads(), k.headDim(), q.numHeads(), q.headDim()));
    }
    if (count < 1 || k.batchSize() != B || k.seqLen() < totalLen) {
      throw new IllegalArgumentException(
          "key selection: must select at least 1 of %d keys of %d sequences, got %d of %s"
              .formatted(totalLen, B, count, k.tensor().shape()));
    }
    KeyBits bits = KeyBits.none(scope, B, 1, T, totalLen);
    KeySelection selection = new KeySelection(q, k, weights, count, keyFrom, keyTo, bits);
    int step = Math.clamp(BLOCK_ELEMENTS / ((long) q.numHeads() * totalLen), 1, T);
    for (int b = 0; b < B; b++) {
      for (int t = 0; t < T; t += step) {
        selection.select(b, t, Math.min(T, t + step));
      }
    }
    return bits;
  }

  /** Queries [from, to) of sequence b. */
  private void select(int b, int from, int to) {
    int H = q.numHeads(), T = q.seqLen();
    int end = 0;
    for (int t = from; t < to; t++) {
      int seen = keyTo[b * T + t] - keyFrom[b * T + t];
      end = seen > count ? Math.max(end, keyTo[b * T + t]) : end;
    }
    try (Scope inside = q.tensor().scope().child()) {
      Tensor products = inside.empty(DType.F32, to - from, H, Math.max(1, end));
      if (end > 0) {
        long firstQuery = ((long) b * T + from) * H;
        Matrix queries = vectors(q).rows(firstQuery, firstQuery + (long) (to - from) * H);
        long firstKey = (long) b * k.seqLen();
        Matrix keys = vectors(k).rows(firstKey, firstKey + end);
        Matrix scores = matrix(products, products.lastDim());
        Matmul.multiply(queries, keys.transposed(), null, scores, false);
      }
      Spans.forEach(
          to - from,
          (long) H * Math.max(1, end),
          row -> selectRow(b, from + (int) row, products, row));
    }
  }

  /** The heads as a matrix with a row for each. */
  private static Matrix vectors(Heads heads) {
    return matrix(heads.tensor().requireType(DType.F32), heads.headDim());
  }

  private static Matrix matrix(Tensor x, long cols) {
    return Matrix.of(x.memory(), x.dtype(), x.numElements() / cols, cols);
  }

  private void selectRow(int b, int t, Tensor products, long row) {
    int at = b * q.seqLen() + t;
    int from = keyFrom[at];
    int to = keyTo[at];
    if (to - from <= count) {
      bits.add(b, 0, t, from, to);
      return;
    }
    float[] scores = scores(at, products, row, from, to);
    float least = largest(scores.clone(), count);
    int free = count;
    for (float score : scores) {
      free -= score > least ? 1 : 0;
    }
    for (int j = 0; j < scores.length; j++) {
      if (scores[j] > least || (scores[j] == least && free-- > 0)) {
        bits.add(b, 0, t, from + j);
      }
    }
  }

  private float[] scores(int at, Tensor products, long row, int from, int to) {
    int H = q.numHeads();
    long end = products.lastDim();
    float[] scores = new float[to - from];
    for (int h = 0; h < H; h++) {
      float weight = weights.getFloat((long) at * H + h);
      long line = (row * H + h) * end + from;
      for (int j = 0; j < scores.length; j++) {
        scores[j] += weight * Math.max(0, products.memory().getAtIndex(JAVA_FLOAT, line + j));
      }
    }
    return scores;
  }

  /** Returns the n-th largest element by Hoare's quickselect, which reorders x. */
  private static float largest(float[] x, int n) {
    int target = x.length - n;
    int low = 0;
    int high = x.length - 1;
    while (low < high) {
      float pivot = x[(low + high) >>> 1];
      int i = low;
      int j = high;
      while (i <= j) {
        while (x[i] < pivot) {
          i++;
        }
        while (x[j] > pivot) {
          j--;
        }
        if (i <= j) {
          float swapped = x[i];
          x[i++] = x[j];
          x[j--] = swapped;
        }
      }
      if (target <= j) {
        high = j;
      } else if (target >= i) {
        low = i;
      } else {
        break;
      }
    }
    return x[target];
  }
}
