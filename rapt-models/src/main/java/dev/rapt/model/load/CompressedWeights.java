package dev.rapt.model.load;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.CompressedFormat;
import dev.rapt.quant.PackedIntegers;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.ScaledFloat8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrices of compressed-tensors. Beside a weight {@code x} (N, K) there are
 *
 * <pre>
 * x_packed      i32 (N, words)          integers, lowest bits first, less their smallest value
 * x_shape       (2)                     N and K
 * x_scale       (1), (N, 1), (N, groups) or, of 8-bit floats, one for each block
 * x_zero_point  like the scales; of x_packed i32 (words of N, groups), packed like it
 * x_g_idx       i32 (K)                 group of each input; absent or -1 if in order
 * </pre>
 *
 * <p>Integers and floats of 8 bits that are not packed are stored as {@code x}. All stay mapped.
 * Scales of activations beside them are not needed: activations are not rounded.
 */
record CompressedWeights(CompressedFormat format) implements PackedWeights {
  private static final String PACKED = "_packed";
  private static final String SHAPE = "_shape";
  private static final String SCALE = "_scale";
  private static final String ZERO = "_zero_point";
  private static final String GROUPS = "_g_idx";
  private static final List<String> OF_ACTIVATIONS =
      List.of("input_scale", "input_zero_point", "output_scale", "output_zero_point");

  @Override
  public boolean has(Weights weights, String name) {
    return weights.has(name + PACKED) || isInEightBits(weights, name);
  }

  private static boolean isInEightBits(Weights weights, String name) {
    return weights
        .find(weights.fullName(name))
        .filter(entry -> entry.dtype() == DType.I8 || entry.dtype() == DType.F8_E4M3)
        .isPresent();
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    PackedTensors tensors = PackedTensors.of(weights, format.label(), name, inputMajor, shape);
    OF_ACTIVATIONS.forEach(other -> weights.markUsed(weights.fullName(other)));
    PackedMatrix matrix =
        weights.has(name + PACKED) ? packed(scope, tensors, name) : eightBits(scope, tensors, name);
    return new PackedWeight(Shape.of(shape), List.of(matrix), inputMajor);
  }

  private PackedIntegers packed(Scope scope, PackedTensors tensors, String name) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    requireSameShape(tensors, name + SHAPE);
    int bits = bits(tensors, name + PACKED);
    long words = Math.ceilDiv(cols * bits, (long) Integer.SIZE);
    TensorEntry codes = tensors.require(name + PACKED, DType.I32, rows, words);
    TensorEntry scales = scales(tensors, name + SCALE);
    ScaleBlock block = ScaleBlock.of(tensors, name + SCALE, scales, List.of());
    TensorEntry zeros = tensors.find(name + ZERO);
    if (zeros == null && format.needsZeroPoints(bits)) {
      throw tensors.error(name + ZERO, "must be present", "none");
    }
    return new PackedIntegers(
        codes.data(), bits, false, rows, cols, groups(scope, tensors, name, scales, block, bits));
  }

  private static void requireSameShape(PackedTensors tensors, String name) {
    TensorEntry entry = tensors.find(name);
    if (entry == null) {
      return;
    }
    boolean isWide = entry.dtype() == DType.I64;
    MemorySegment data = tensors.require(name, isWide ? DType.I64 : DType.I32, 2).data();
    long[] sizes = new long[2];
    for (int i = 0; i < 2; i++) {
      sizes[i] =
          isWide
              ? data.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i)
              : data.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
    }
    if (sizes[0] != tensors.rows() || sizes[1] != tensors.cols()) {
      throw tensors.error(
          name,
          "must be " + Shape.of(tensors.rows(), tensors.cols()),
          "(%d, %d)".formatted(sizes[0], sizes[1]));
    }
  }

  /** Returns which of the numbers of bits in the configuration the size of the words fits. */
  private int bits(PackedTensors tensors, String name) {
    TensorEntry codes = tensors.find(name);
    for (int bits : format.integerBits()) {
      long words = Math.ceilDiv(tensors.cols() * bits, (long) Integer.SIZE);
      if (codes != null && codes.shape().equals(Shape.of(tensors.rows(), words))) {
        return bits;
      }
    }
    throw tensors.error(
        name,
        "must hold integers of %s bits".formatted(format.integerBits()),
        codes == null ? "none" : codes.shape().toString());
  }

  private PackedMatrix eightBits(Scope scope, PackedTensors tensors, String name) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    TensorEntry found = tensors.weights().find(tensors.weights().fullName(name)).orElseThrow();
    TensorEntry codes = tensors.require(name, found.dtype(), rows, cols);
    TensorEntry scales = scales(tensors, name + SCALE);
    if (codes.dtype() == DType.I8) {
      ScaleBlock block = ScaleBlock.of(tensors, name + SCALE, scales, List.of());
      return new PackedIntegers(
          codes.data(),
          Byte.SIZE,
          true,
          rows,
          cols,
          groups(scope, tensors, name, scales, block, Byte.SIZE));
    }
    ScaleBlock block = ScaleBlock.of(tensors, name + SCALE, scales, format.block());
    return new ScaledFloat8(
        DType.F8_E4M3,
        codes.data(),
        PackedTensors.floats(scope, scales),
        rows,
        cols,
        block.rows(),
        block.cols(),
        true);
  }

  private static TensorEntry scales(PackedTensors tensors, String name) {
    TensorEntry scales = tensors.find(name);
    if (scales == null) {
      throw tensors.error(name, "must be present", "none");
    }
    return scales;
  }

  /** Returns groups of columns with a scale and a zero point for each row, repeated if shared. */
  private static PackedIntegers.Groups groups(
      Scope scope,
      PackedTensors tensors,
      String name,
      TensorEntry scales,
      ScaleBlock block,
      int bits) {
    long rows = tensors.rows();
    long count = tensors.cols() / block.cols();
    if (count > 1 && block.cols() * bits % Byte.SIZE != 0) {
      throw tensors.error(
          name + SCALE, "must have groups of whole bytes", "groups of " + block.cols());
    }
    MemorySegment factors = PackedTensors.floats(scope, scales);
    MemorySegment zeros = zeros(scope, tensors, name, count, bits);
    if (block.rows() > 1) { // one scale for all rows
      MemorySegment repeated = scope.empty(DType.F32, rows).memory();
      float scale = factors.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
      for (long r = 0; r < rows; r++) {
        repeated.setAtIndex(ValueLayout.JAVA_FLOAT, r, scale);
      }
      factors = repeated;
    }
    TensorEntry order = tensors.find(name + GROUPS);
    int[] ofColumn = null;
    if (order != null) {
      TensorEntry present = tensors.require(name + GROUPS, DType.I32, tensors.cols());
      boolean isSet = present.data().get(ValueLayout.JAVA_INT_UNALIGNED, 0) != -1;
      ofColumn = isSet ? tensors.groupOfColumn(name + GROUPS, present, count, block.cols()) : null;
    }
    return new PackedIntegers.Groups(block.cols(), factors, zeros, ofColumn);
  }

  /** Returns the zero points (N, groups), signed like the integers; null if there are none. */
  private static @Nullable MemorySegment zeros(
      Scope scope, PackedTensors tensors, String name, long count, int bits) {
    long rows = tensors.rows();
    TensorEntry entry = tensors.find(name + ZERO);
    if (entry == null) {
      return null;
    }
    MemorySegment out = scope.empty(DType.U8, rows, count).memory();
    boolean isPacked = tensors.weights().has(name + PACKED);
    if (isPacked && entry.dtype() == DType.I32) {
      int inWord = Integer.SIZE / bits;
      long words = Math.ceilDiv(rows, (long) inWord);
      unpackZeros(out, tensors.require(name + ZERO, DType.I32, words, count).data(), bits, count);
      return out;
    }
    boolean isShared = entry.shape().numElements() == 1 && entry.dtype() == DType.I8;
    MemorySegment plain =
        isShared ? entry.data() : tensors.require(name + ZERO, DType.I8, rows, count).data();
    int middle = isPacked ? 1 << (bits - 1) : 0; // packed integers are stored less their smallest
    for (long i = 0; i < rows * count; i++) {
      int zero = plain.get(ValueLayout.JAVA_BYTE, isShared ? 0 : i);
      out.set(ValueLayout.JAVA_BYTE, i, (byte) (zero + middle));
    }
    return out;
  }

  /** Unpacks zero points of consecutive rows, which share a word. */
  private static void unpackZeros(MemorySegment out, MemorySegment words, int bits, long count) {
    int inWord = Integer.SIZE / bits;
    for (long i = 0; i < out.byteSize(); i++) {
      long row = i / count;
      long at = row / inWord * count + i % count;
      int word = words.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, at);
      int zero = word >>> (int) (row % inWord) * bits & ((1 << bits) - 1);
      out.set(ValueLayout.JAVA_BYTE, i, (byte) zero);
    }
  }
}
