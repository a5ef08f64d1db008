package dev.rapt.model;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.quant.MxFp4;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.Quantization;
import dev.rapt.quant.ScaledFloat8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Matrices of a checkpoint that stores them in 4 or 8 bits, unpacked as they are loaded: into bf16
 * where that holds every value exactly (MXFP4), else into f32 (8-bit floats with factors). A model
 * asks for them by the names and shapes of the release that is not quantised.
 *
 * @apiNote Unpacked weights are copies: MXFP4 takes 3.8 times its size in the file, FP8 4 times.
 */
final class PackedWeights {
  private static final String FLOAT8_SCALES = "_scale_inv";
  private static final String MXFP4_BLOCKS = "_blocks";
  private static final String MXFP4_SCALES = "_scales";

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  /** Rows unpacked at once: columns of the transposed result that lie side by side. */
  private static final long STEP_ROWS = 32;

  private final Quantization quantization;

  PackedWeights(Quantization quantization) {
    this.quantization = quantization;
  }

  /** Whether a tensor of this name is here in packed form. */
  boolean has(Weights weights, String name) {
    return switch (quantization) {
      case Quantization.None _ -> false;
      case Quantization.Float8Blocks _ -> weights.has(name + FLOAT8_SCALES);
      case Quantization.MxFp4Blocks _ -> weights.has(name + MXFP4_BLOCKS);
    };
  }

  /**
   * The tensor, unpacked into memory of this scope.
   *
   * @param wide whether it must be f32
   * @param shape of at least two dimensions
   */
  Tensor unpack(Scope scope, Weights weights, String name, boolean wide, long... shape) {
    return switch (quantization) {
      case Quantization.None _ -> throw new IllegalStateException(name + " is not packed");
      case Quantization.Float8Blocks blocks -> float8(scope, weights, name, blocks, shape);
      case Quantization.MxFp4Blocks _ -> mxFp4(scope, weights, name, wide, shape);
    };
  }

  private static Tensor float8(
      Scope scope, Weights weights, String name, Quantization.Float8Blocks blocks, long... shape) {
    int rank = shape.length;
    long rows = shape[rank - 2];
    long cols = shape[rank - 1];
    long[] scaleShape = shape.clone();
    scaleShape[rank - 2] = Math.ceilDiv(rows, blocks.blockRows());
    scaleShape[rank - 1] = Math.ceilDiv(cols, blocks.blockCols());
    TensorEntry data = weights.tensor(name, DType.F8_E4M3, shape);
    TensorEntry factors = weights.tensor(name + FLOAT8_SCALES, scaleShape);
    long numScales = scaleShape[rank - 2] * scaleShape[rank - 1];
    Tensor out = scope.empty(DType.F32, shape);
    try (Scope inside = Scope.open()) {
      Tensor scales = inside.empty(DType.F32, scaleShape);
      Casts.copy(scales, inside.wrap(factors.data(), factors.dtype(), scaleShape));
      for (long i = 0; i < out.numElements() / (rows * cols); i++) {
        PackedMatrix matrix =
            new ScaledFloat8(
                DType.F8_E4M3,
                data.data().asSlice(i * rows * cols, rows * cols),
                scales.memory().asSlice(Float.BYTES * i * numScales, Float.BYTES * numScales),
                rows,
                cols,
                blocks.blockRows(),
                blocks.blockCols());
        write(matrix, out, i, false);
      }
    }
    return out;
  }

  /** Experts (E, input, output) out of blocks along the input, stored (E, output, input). */
  private static Tensor mxFp4(
      Scope scope, Weights weights, String name, boolean wide, long... shape) {
    if (shape.length != 3) {
      throw new IllegalArgumentException(
          "mxfp4: %s must have three dimensions, got %d".formatted(name, shape.length));
    }
    long count = shape[0];
    long cols = shape[1];
    long rows = shape[2];
    long perRow = cols / MxFp4.BLOCK_VALUES;
    TensorEntry blocks =
        weights.tensor(name + MXFP4_BLOCKS, DType.U8, count, rows, perRow, MxFp4.BLOCK_BYTES);
    TensorEntry scales = weights.tensor(name + MXFP4_SCALES, DType.U8, count, rows, perRow);
    Tensor out = scope.empty(wide ? DType.F32 : DType.BF16, shape);
    for (long i = 0; i < count; i++) {
      long numBlocks = rows * perRow;
      PackedMatrix matrix =
          new MxFp4(
              blocks
                  .data()
                  .asSlice(i * numBlocks * MxFp4.BLOCK_BYTES, numBlocks * MxFp4.BLOCK_BYTES),
              scales.data().asSlice(i * numBlocks, numBlocks),
              rows,
              cols);
      write(matrix, out, i, true);
    }
    return out;
  }

  /** Unpacks into matrix {@code index} of the stack out, on all workers. */
  private static void write(PackedMatrix matrix, Tensor out, long index, boolean transposed) {
    long rows = matrix.rows();
    long cols = matrix.cols();
    int size = out.dtype().byteSize();
    MemorySegment target = out.memory().asSlice(index * rows * cols * size, rows * cols * size);
    Workers.shared()
        .forRange(
            Math.ceilDiv(rows, STEP_ROWS),
            1,
            (first, last) -> {
              for (long step = first; step < last; step++) {
                long from = step * STEP_ROWS;
                long to = Math.min(rows, from + STEP_ROWS);
                writeRows(matrix, from, to, target, out.dtype(), transposed);
              }
            });
  }

  /** Writes rows [from, to) of the matrix as rows or, transposed, as columns of the target. */
  private static void writeRows(
      PackedMatrix matrix,
      long from,
      long to,
      MemorySegment target,
      DType type,
      boolean transposed) {
    long cols = matrix.cols();
    long n = to - from;
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment floats = workspace.take(Float.BYTES * n * cols);
      matrix.unpack(from, to, floats);
      if (!transposed) {
        convert(target, from * cols, type, floats, n * cols);
        return;
      }
      MemorySegment column = workspace.take(Float.BYTES * n);
      for (long c = 0; c < cols; c++) {
        for (long r = 0; r < n; r++) {
          column.setAtIndex(FLOAT, r, floats.getAtIndex(FLOAT, r * cols + c));
        }
        convert(target, c * matrix.rows() + from, type, column, n);
      }
    }
  }

  private static void convert(
      MemorySegment out, long at, DType type, MemorySegment floats, long n) {
    int size = type.byteSize();
    KernelChoice.kernels()
        .elementwise()
        .convert(out.asSlice(at * size, n * size), type, floats, DType.F32, n);
  }
}
