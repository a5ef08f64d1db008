package dev.rapt.model.load;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.Quantization;
import dev.rapt.quant.ScaledFloat8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Matrices in 8-bit floats, mapped. */
final class Float8Weights {
  private static final String BLOCK_SCALES = "_scale_inv";

  private Float8Weights() {}

  /** Matrices, or stacks of them, with a scale for each block in {@code x_scale_inv}. */
  record Blocks(Quantization.Float8Blocks blocks) implements PackedWeights {
    @Override
    public boolean has(Weights weights, String name) {
      return weights.has(name + BLOCK_SCALES) || isFloat8(weights, name);
    }

    @Override
    public PackedWeight get(
        Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
      int rank = shape.length;
      long rows = shape[rank - 2];
      long cols = shape[rank - 1];
      long[] scaleShape = shape.clone();
      scaleShape[rank - 2] = Math.ceilDiv(rows, blocks.blockRows());
      scaleShape[rank - 1] = Math.ceilDiv(cols, blocks.blockCols());
      MemorySegment data = weights.tensor(name, DType.F8_E4M3, shape).data();
      MemorySegment scales =
          PackedTensors.floats(scope, weights.tensor(name + BLOCK_SCALES, scaleShape));
      markActivationScales(weights);
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
                blocks.blockCols(),
                false));
      }
      return new PackedWeight(Shape.of(shape), matrices, false);
    }
  }

  /**
   * Matrices with one scale, or one for each row, in {@code x_scale_inv} or {@code x_scale}. Both
   * are factors, whatever the name.
   */
  record Rows(String format) implements PackedWeights {
    @Override
    public boolean has(Weights weights, String name) {
      return isFloat8(weights, name);
    }

    @Override
    public PackedWeight get(
        Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
      PackedTensors tensors = PackedTensors.of(weights, format, name, inputMajor, shape);
      TensorEntry data = tensors.require(name, DType.F8_E4M3, tensors.rows(), tensors.cols());
      String scaleName = name + (weights.has(name + BLOCK_SCALES) ? BLOCK_SCALES : "_scale");
      TensorEntry scales = tensors.find(scaleName);
      if (scales == null) {
        throw tensors.error(scaleName, "must be present", "none");
      }
      ScaleBlock block = ScaleBlock.of(tensors, scaleName, scales, List.of());
      markActivationScales(weights);
      ScaledFloat8 matrix =
          new ScaledFloat8(
              DType.F8_E4M3,
              data.data(),
              PackedTensors.floats(scope, scales),
              tensors.rows(),
              tensors.cols(),
              block.rows(),
              block.cols(),
              true);
      return new PackedWeight(Shape.of(shape), List.of(matrix), inputMajor);
    }
  }

  private static boolean isFloat8(Weights weights, String name) {
    return weights
        .find(weights.fullName(name))
        .filter(entry -> entry.dtype() == DType.F8_E4M3 && entry.shape().rank() >= 2)
        .isPresent();
  }

  /** Scales of activations are not needed: activations are not rounded. */
  private static void markActivationScales(Weights weights) {
    for (String name : List.of("activation_scale", "input_scale", "input_scale_ub")) {
      weights.markUsed(weights.fullName(name));
    }
  }
}
