package dev.rapt.model.load;

import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.MxFp4;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Stacks of matrices in MXFP4, mapped. */
record MxFp4Weights() implements PackedWeights {
  private static final String BLOCKS = "_blocks";
  private static final String SCALES = "_scales";

  @Override
  public boolean has(Weights weights, String name) {
    return weights.has(name + BLOCKS);
  }

  /**
   * Returns the weights of experts (X, input, output), which are stored as (X, output, input) in
   * blocks along the input.
   */
  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    if (shape.length != 3) {
      throw new IllegalArgumentException(
          "mxfp4: %s must have 3 dimensions, got %d".formatted(name, shape.length));
    }
    long count = shape[0];
    long cols = shape[1];
    long rows = shape[2];
    long perRow = cols / MxFp4.BLOCK_VALUES;
    MemorySegment blocks =
        weights.tensor(name + BLOCKS, DType.U8, count, rows, perRow, MxFp4.BLOCK_BYTES).data();
    MemorySegment scales = weights.tensor(name + SCALES, DType.U8, count, rows, perRow).data();
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
