package dev.rapt.model.load;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.MxFp4;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.Quantization;
import dev.rapt.quant.ScaledFloat8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Quantised matrices of a folder, in the format that its config.json states. */
final class QuantizedFolder implements PackedWeights {
  private static final String FLOAT8_SCALES = "_scale_inv";
  private static final String MXFP4_BLOCKS = "_blocks";
  private static final String MXFP4_SCALES = "_scales";

  private final Path path;
  private final Quantization quantization;

  /**
   * Creates the weights of a checkpoint.
   *
   * @param path its folder, for errors
   */
  QuantizedFolder(Path path, Quantization quantization) {
    this.path = path;
    this.quantization = quantization;
  }

  @Override
  public boolean has(Weights weights, String name) {
    return switch (quantization) {
      case Quantization.None _ -> false;
      case Quantization.Float8Blocks _ -> weights.has(name + FLOAT8_SCALES);
      case Quantization.MxFp4Blocks _ -> weights.has(name + MXFP4_BLOCKS);
      case Quantization.Nf4Blocks _ -> BitsAndBytes.has(weights, name);
    };
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    return switch (quantization) {
      case Quantization.None _ -> throw new IllegalStateException(name + " is not packed");
      case Quantization.Float8Blocks blocks -> float8(scope, weights, name, blocks, shape);
      case Quantization.MxFp4Blocks _ -> mxFp4(weights, name, shape);
      case Quantization.Nf4Blocks _ -> BitsAndBytes.get(path, weights, name, inputMajor, shape);
    };
  }

  private static PackedWeight float8(
      Scope scope, Weights weights, String name, Quantization.Float8Blocks blocks, long... shape) {
    int rank = shape.length;
    long rows = shape[rank - 2];
    long cols = shape[rank - 1];
    long[] scaleShape = shape.clone();
    scaleShape[rank - 2] = Math.ceilDiv(rows, blocks.blockRows());
    scaleShape[rank - 1] = Math.ceilDiv(cols, blocks.blockCols());
    MemorySegment data = weights.tensor(name, DType.F8_E4M3, shape).data();
    MemorySegment scales = floats(scope, weights.tensor(name + FLOAT8_SCALES, scaleShape));
    long scaleBytes = Float.BYTES * scaleShape[rank - 2] * scaleShape[rank - 1];
    List<PackedMatrix> matrices = new ArrayList<>();
    for (long i = 0; i < data.byteSize() / (rows * cols); i++) {
      matrices.add(
          new ScaledFloat8(
              DType.F8_E4M3,
              data.asSlice(i * rows * cols, rows * cols),
              scales.asSlice(i * scaleBytes, scaleBytes),
              rows,
              cols,
              blocks.blockRows(),
              blocks.blockCols()));
    }
    return new PackedWeight(Shape.of(shape), matrices, false);
  }

  /** Returns the mapped scale factors, or a copy if they are not f32. */
  private static MemorySegment floats(Scope scope, TensorEntry entry) {
    if (entry.dtype() == DType.F32) {
      return entry.data();
    }
    long[] shape = entry.shape().toArray();
    Tensor wide = scope.empty(DType.F32, shape);
    Casts.copy(wide, scope.wrap(entry.data(), entry.dtype(), shape));
    return wide.memory();
  }

  /**
   * Returns the weights of experts (X, input, output), which are stored as (X, output, input) in
   * blocks along the input.
   */
  private static PackedWeight mxFp4(Weights weights, String name, long... shape) {
    if (shape.length != 3) {
      throw new IllegalArgumentException(
          "mxfp4: %s must have 3 dimensions, got %d".formatted(name, shape.length));
    }
    long count = shape[0];
    long cols = shape[1];
    long rows = shape[2];
    long perRow = cols / MxFp4.BLOCK_VALUES;
    MemorySegment blocks =
        weights
            .tensor(name + MXFP4_BLOCKS, DType.U8, count, rows, perRow, MxFp4.BLOCK_BYTES)
            .data();
    MemorySegment scales =
        weights.tensor(name + MXFP4_SCALES, DType.U8, count, rows, perRow).data();
    long numBlocks = rows * perRow;
    long blockBytes = numBlocks * MxFp4.BLOCK_BYTES;
    List<PackedMatrix> matrices = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      matrices.add(
          new MxFp4(
              blocks.asSlice(i * blockBytes, blockBytes),
              scales.asSlice(i * numBlocks, numBlocks),
              rows,
              cols));
    }
    return new PackedWeight(Shape.of(shape), matrices, true);
  }
}
