package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.AwqFormat;
import dev.rapt.quant.IntegerLayouts;
import dev.rapt.quant.PackedIntegers;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Matrices in AWQ. Those in the layout gemm are rearranged output by output in memory, once, when
 * they are loaded; those in gemv stay mapped.
 */
record AwqWeights(AwqFormat format) implements PackedWeights {
  private static final String WEIGHT = "weight";
  private static final String CODES = "qweight";
  private static final String ZEROS = "qzeros";
  private static final String SCALES = "scales";

  /** Integers in a word. */
  private static final int IN_WORD = Integer.SIZE / AwqFormat.BITS;

  /**
   * Creates the weights of a checkpoint.
   *
   * @throws CheckpointException if activations are scaled, too, as in families whose MLP has an
   *     activation that a preceding layer cannot absorb
   */
  static AwqWeights of(AwqFormat format, Checkpoint checkpoint) {
    for (String name : checkpoint.names()) {
      if (name.endsWith(".act." + SCALES)) {
        throw new CheckpointException(
            checkpoint.file(name),
            name,
            "must be absent, got scales of an activation, which Rapt does not read; use a release of"
                + " the model in another format");
      }
    }
    return new AwqWeights(format);
  }

  @Override
  public boolean has(Weights weights, String name) {
    return name.equals(WEIGHT) && weights.has(CODES);
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    PackedTensors tensors = PackedTensors.of(weights, format.label(), CODES, inputMajor, shape);
    tensors.requireWords(CODES, tensors.cols(), AwqFormat.BITS);
    tensors.requireWords(ZEROS, tensors.rows(), AwqFormat.BITS);
    long size = format.groupSize() < 0 ? tensors.cols() : format.groupSize();
    PackedIntegers matrix =
        format.isGemv() ? gemv(scope, tensors, size) : gemm(scope, tensors, size);
    return new PackedWeight(Shape.of(shape), List.of(matrix), inputMajor);
  }

  private static PackedIntegers gemm(Scope scope, PackedTensors tensors, long size) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    int count = Math.toIntExact(Math.ceilDiv(cols, size));
    TensorEntry codes = tensors.require(CODES, DType.I32, cols, rows / IN_WORD);
    TensorEntry zeros = tensors.require(ZEROS, DType.I32, count, rows / IN_WORD);
    TensorEntry scales = tensors.require(SCALES, null, count, rows);
    MemorySegment byOutput = scope.empty(DType.I32, rows, cols / IN_WORD).memory();
    IntegerLayouts.fromAwq(byOutput, codes.data(), cols, rows);
    byte[][] zerosOfGroups = new byte[count][];
    long rowBytes = rows / 2;
    for (int g = 0; g < count; g++) {
      MemorySegment row = zeros.data().asSlice(g * rowBytes, rowBytes);
      zerosOfGroups[g] =
          IntegerLayouts.inOrderOfAwq(IntegerLayouts.unpackRow(row, AwqFormat.BITS, 0));
    }
    MemorySegment zerosByOutput = scope.empty(DType.U8, rows, count).memory();
    IntegerLayouts.transposeBytes(zerosByOutput, zerosOfGroups);
    return new PackedIntegers(
        byOutput,
        AwqFormat.BITS,
        false,
        rows,
        cols,
        PackedIntegers.Groups.inOrder(
            size, PackedTensors.transposedFloats(scope, scales), zerosByOutput));
  }

  private static PackedIntegers gemv(Scope scope, PackedTensors tensors, long size) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    int count = Math.toIntExact(Math.ceilDiv(cols, size));
    TensorEntry codes = tensors.require(CODES, DType.I32, rows, cols / IN_WORD);
    long words = zeroWords(count, size);
    TensorEntry zeros = tensors.require(ZEROS, DType.I32, rows, words);
    TensorEntry scales = tensors.require(SCALES, null, rows, IN_WORD * words);
    MemorySegment keptScales = scope.empty(DType.F32, rows, count).memory();
    MemorySegment keptZeros = scope.empty(DType.U8, rows, count).memory();
    try (Scope work = Scope.open()) {
      MemorySegment wide = PackedTensors.floats(work, scales);
      for (long r = 0; r < rows; r++) {
        long from = Float.BYTES * r * IN_WORD * words;
        long length = (long) Float.BYTES * count;
        MemorySegment.copy(wide, from, keptScales, r * length, length);
        MemorySegment row = zeros.data().asSlice(Integer.BYTES * r * words, Integer.BYTES * words);
        byte[] all = IntegerLayouts.unpackRow(row, AwqFormat.BITS, 0);
        MemorySegment.copy(
            Arrays.copyOf(all, count), 0, keptZeros, ValueLayout.JAVA_BYTE, r * count, count);
      }
    }
    return new PackedIntegers(
        codes.data(),
        AwqFormat.BITS,
        false,
        rows,
        cols,
        PackedIntegers.Groups.inOrder(size, keptScales, keptZeros));
  }

  /**
   * Returns the words that hold the zero points of a row: a multiple of 2 for groups of 64, of 4
   * for groups of 32. AutoAWQ, awq/modules/linear/gemv.py, {@code calculate_zeros_width}.
   */
  private static long zeroWords(long count, long size) {
    long multiple = size >= 128 ? 1 : size >= 64 ? 2 : 4;
    return Math.ceilDiv(Math.ceilDiv(count, (long) IN_WORD), multiple) * multiple;
  }
}
