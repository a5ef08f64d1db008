package dev.rapt.model.load;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.GptqFormat;
import dev.rapt.quant.IntegerLayouts;
import dev.rapt.quant.PackedIntegers;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrices in GPTQ. The file has them input by input; they are rearranged output by output in
 * memory, once, when they are loaded.
 */
record GptqWeights(GptqFormat format) implements PackedWeights {
  private static final String WEIGHT = "weight";
  private static final String CODES = "qweight";
  private static final String ZEROS = "qzeros";
  private static final String SCALES = "scales";
  private static final String GROUPS = "g_idx";

  @Override
  public boolean has(Weights weights, String name) {
    return name.equals(WEIGHT) && weights.has(CODES);
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    PackedTensors tensors = PackedTensors.of(weights, format.label(), CODES, inputMajor, shape);
    int bits = format.varies() ? bitsOfLayer(tensors) : format.bits();
    PackedIntegers matrix = read(scope, tensors, bits);
    return new PackedWeight(Shape.of(shape), List.of(matrix), inputMajor);
  }

  private PackedIntegers read(Scope scope, PackedTensors tensors, int bits) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    tensors.requireWords(CODES, cols, bits);
    tensors.requireWords(ZEROS, rows, bits);
    long words = cols * bits / Integer.SIZE;
    TensorEntry codes = tensors.require(CODES, DType.I32, words, rows);
    long size = groupSize(tensors);
    long count = Math.ceilDiv(cols, size);
    TensorEntry scales = tensors.require(SCALES, null, count, rows);
    TensorEntry zeros = tensors.require(ZEROS, DType.I32, count, rows * bits / Integer.SIZE);
    MemorySegment byOutput = scope.empty(DType.I32, rows, words).memory();
    IntegerLayouts.transposeWords(byOutput, codes.data(), words, rows);
    PackedIntegers.Groups groups =
        new PackedIntegers.Groups(
            size,
            PackedTensors.transposedFloats(scope, scales),
            zeros(scope, zeros, bits, rows),
            groupOfInput(tensors, count, size));
    return new PackedIntegers(byOutput, bits, false, rows, cols, groups);
  }

  /** Returns the bits of a layer that may have its own, from the size of its tensor. */
  private static int bitsOfLayer(PackedTensors tensors) {
    TensorEntry codes = tensors.find(CODES);
    long inputs = Math.max(1, tensors.cols());
    int bits = codes == null ? 0 : (int) (codes.shape().dim(0) * Integer.SIZE / inputs);
    if (codes == null || !GptqFormat.isSupported(bits)) {
      throw tensors.error(
          CODES, "must be of 2, 3, 4 or 8 bits", codes == null ? "none" : codes.shape().toString());
    }
    return bits;
  }

  private long groupSize(PackedTensors tensors) {
    if (format.varies()) {
      TensorEntry scales = tensors.find(SCALES);
      long count = scales == null || scales.shape().rank() != 2 ? 0 : scales.shape().dim(0);
      if (count < 1 || tensors.cols() % count != 0) {
        throw tensors.error(SCALES, "must have groups of equal size", count + " groups");
      }
      return tensors.cols() / count;
    }
    return format.groupSize() < 0 ? tensors.cols() : format.groupSize();
  }

  /**
   * Returns the group of each input; null if inputs are in order. Without act-order, old writers
   * left zeros.
   */
  private int @Nullable [] groupOfInput(PackedTensors tensors, long count, long size) {
    boolean mayBeReordered = format.isReordered() || format.varies();
    if (tensors.find(GROUPS) == null && !format.isReordered()) {
      return null;
    }
    TensorEntry present = tensors.require(GROUPS, DType.I32, tensors.cols());
    int[] groups = tensors.groupOfColumn(GROUPS, present, count, size);
    if (groups == null || mayBeReordered) {
      return groups;
    }
    if (Arrays.stream(groups).anyMatch(group -> group != 0)) {
      throw tensors.error(GROUPS, "must be in order, since desc_act is false,", "another order");
    }
    return null;
  }

  /**
   * Returns the zero points (N, groups). Writers subtract one from each word as a whole, so one is
   * added to words, not to integers; only those of 3 bits, which straddle words, are added to one
   * by one. GPTQModel, utils/model.py, {@code convert_gptq_v1_to_v2_format_module}.
   */
  private MemorySegment zeros(Scope scope, TensorEntry entry, int bits, long rows) {
    int count = Math.toIntExact(entry.shape().dim(0));
    long rowBytes = entry.data().byteSize() / Math.max(1, count);
    boolean byWords = format.zerosAreLess() && bits != 3;
    int oneInEach = Integer.divideUnsigned(-1, (1 << bits) - 1); // 0x11111111 for 4 bits
    byte[][] zeros = new byte[count][];
    for (int g = 0; g < count; g++) {
      MemorySegment row = entry.data().asSlice(g * rowBytes, rowBytes);
      zeros[g] = IntegerLayouts.unpackRow(row, bits, byWords ? oneInEach : 0);
      if (format.zerosAreLess() && !byWords) {
        for (int n = 0; n < zeros[g].length; n++) {
          zeros[g][n] = (byte) ((zeros[g][n] + 1) & 7);
        }
      }
    }
    MemorySegment out = scope.empty(DType.U8, rows, count).memory();
    IntegerLayouts.transposeBytes(out, zeros);
    return out;
  }
}
