package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.kernel.FourBitCode;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Quantises matrices to NF4 with double quantisation as bitsandbytes does ({@code quantize_4bit}
 * with {@code compress_statistics}): a code is the nearest value to x / max |x| of its block, and
 * the scales, less their mean, become 8-bit codes in blocks of 256.
 */
public final class Nf4Quantizer {
  private static final int BLOCK = FourBits.BLOCK_VALUES;
  private static final int OUTER = BlockScales.Doubled.BLOCK_SCALES;

  /** Blocks that a task quantises. */
  private static final long TASK_BLOCKS = 256;

  /** Below this magnitude a block counts as all zeros, as in the reference. */
  private static final float SMALLEST = 1e-38f;

  /** Equal parts of [-1, 1], so small that at most one bound lies in each. */
  private static final int CELLS = 64;

  private static final float[] BOUNDS =
      Arrays.copyOf(midpoints(FourBitCode.NF4.table()), FourBitCode.NF4.table().length);

  private static final byte[] BELOW_CELL = new byte[CELLS];

  static {
    BOUNDS[BOUNDS.length - 1] = Float.POSITIVE_INFINITY;
    for (int cell = 0; cell < CELLS; cell++) {
      BELOW_CELL[cell] = (byte) code(-1 + 2f * cell / CELLS, BOUNDS);
    }
  }

  private static final float[] DYNAMIC = dynamicTable();
  private static final float[] DYNAMIC_BOUNDS = midpoints(DYNAMIC);

  private Nf4Quantizer() {}

  /**
   * Quantises the weight of a linear layer.
   *
   * @param scope owns the result
   * @param weight (N, K), or (K, N) if {@code inputMajor}; f32, bf16 or f16
   */
  public static PackedWeight quantize(Scope scope, Tensor weight, boolean inputMajor) {
    try (Scope scratch = Scope.open()) {
      Tensor wide = scratch.empty(DType.F32, weight.shape());
      Casts.copy(wide, weight);
      Tensor rows = inputMajor ? Ops.transpose(scratch, wide) : wide; // (N, K)
      FourBits packed = quantize(scope, rows, weight.dtype());
      return new PackedWeight(weight.shape(), List.of(packed), inputMajor);
    }
  }

  private static FourBits quantize(Scope scope, Tensor rows, DType type) {
    long n = rows.numElements();
    long numBlocks = Math.ceilDiv(n, (long) BLOCK);
    MemorySegment codes = scope.empty(DType.U8, Math.ceilDiv(n, 2L)).memory();
    float[] scales = new float[Math.toIntExact(numBlocks)];
    MemorySegment values = rows.memory();
    Workers.shared()
        .forRange(
            numBlocks,
            TASK_BLOCKS,
            (first, last) -> {
              for (long block = first; block < last; block++) {
                long from = block * BLOCK;
                scales[(int) block] = encode(values, from, Math.min(n, from + BLOCK), codes);
              }
            });
    return new FourBits(
        FourBitCode.NF4, codes, quantizeScales(scope, scales), type, rows.dim(0), rows.dim(1));
  }

  /** Writes the codes of elements [from, to), a block; returns their largest magnitude. */
  private static float encode(MemorySegment values, long from, long to, MemorySegment codes) {
    float largest = 0;
    for (long i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(values.getAtIndex(JAVA_FLOAT, i)));
    }
    float inverse = 1 / Math.max(largest, SMALLEST);
    for (long i = from; i < to; i += 2) {
      int high = code(values.getAtIndex(JAVA_FLOAT, i) * inverse);
      float next = i + 1 < to ? values.getAtIndex(JAVA_FLOAT, i + 1) * inverse : 0;
      codes.set(JAVA_BYTE, i / 2, (byte) (high << 4 | code(next)));
    }
    return largest;
  }

  private static BlockScales quantizeScales(Scope scope, float[] scales) {
    double sum = 0;
    for (float scale : scales) {
      sum += scale;
    }
    float offset = (float) (sum / Math.max(1, scales.length));
    int outerCount = Math.ceilDiv(scales.length, OUTER);
    MemorySegment codes = scope.empty(DType.U8, scales.length).memory();
    MemorySegment outer = scope.empty(DType.F32, outerCount).memory();
    for (int block = 0; block < outerCount; block++) {
      int from = block * OUTER;
      int to = Math.min(scales.length, from + OUTER);
      float largest = 0;
      for (int i = from; i < to; i++) {
        largest = Math.max(largest, Math.abs(scales[i] - offset));
      }
      float inverse = 1 / Math.max(largest, SMALLEST);
      for (int i = from; i < to; i++) {
        codes.set(JAVA_BYTE, i, (byte) code((scales[i] - offset) * inverse, DYNAMIC_BOUNDS));
      }
      outer.setAtIndex(JAVA_FLOAT, block, largest);
    }
    MemorySegment table = scope.floats(DYNAMIC, DYNAMIC.length).memory();
    return new BlockScales.Doubled(codes, outer, table, offset);
  }

  /** Returns the number of bounds of NF4 below x, which is in [-1, 1]. */
  private static int code(float x) {
    int cell = Math.clamp((int) ((x + 1) * (CELLS / 2)), 0, CELLS - 1);
    int least = BELOW_CELL[cell];
    return x > BOUNDS[least] ? least + 1 : least;
  }

  /** Returns the number of bounds below x. */
  private static int code(float x, float[] bounds) {
    int from = 0;
    int to = bounds.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (x > bounds[middle]) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  private static float[] midpoints(float[] values) {
    float[] midpoints = new float[values.length - 1];
    for (int i = 0; i < midpoints.length; i++) {
      midpoints[i] = (values[i] + values[i + 1]) / 2;
    }
    return midpoints;
  }

  /**
   * The values of signed dynamic 8-bit codes, ascending: for each power of ten from 1e-6 to 1 twice
   * as many fractions between 0.1 and 1 as for the one before. arXiv:1511.04561, section 2.2.
   */
  static float[] dynamicTable() {
    float[] values = new float[256];
    int at = 0;
    for (int i = 0; i < 7; i++) {
      int count = 1 << i;
      float power = (float) Math.pow(10, i - 6.0);
      for (int k = 0; k < count; k++) {
        float middle = (fraction(k, count) + fraction(k + 1, count)) / 2;
        values[at++] = power * middle;
        values[at++] = -power * middle;
      }
    }
    values[at] = 1; // the one left is 0
    Arrays.sort(values);
    return values;
  }

  /** Bound k of {@code count} equal parts of [0.1, 1], rounded as the reference rounds it. */
  private static float fraction(int k, int count) {
    float step = (1f - 0.1f) / count;
    return k < (count + 1) / 2 ? Math.fma(step, k, 0.1f) : Math.fma(-step, count - k, 1f);
  }
}
