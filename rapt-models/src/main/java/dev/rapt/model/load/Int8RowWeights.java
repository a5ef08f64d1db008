package dev.rapt.model.load;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.PackedIntegers;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Matrices of LLM.int8 (arXiv:2208.07339), mapped: {@code weight} i8 (N, K), and the largest
 * magnitude of each row in {@code SCB} f32 (N), which 127 stands for. Activations are not rounded.
 */
record Int8RowWeights(String format) implements PackedWeights {
  private static final String MAGNITUDES = "SCB";
  private static final String LAYOUT = "weight_format";
  private static final float LARGEST = 127;

  @Override
  public boolean has(Weights weights, String name) {
    return name.equals("weight")
        && weights
            .find(weights.fullName(name))
            .filter(entry -> entry.dtype() == DType.I8)
            .isPresent();
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    PackedTensors tensors = PackedTensors.of(weights, format, name, inputMajor, shape);
    long rows = tensors.rows();
    long cols = tensors.cols();
    TensorEntry codes = tensors.require(name, DType.I8, rows, cols);
    MemorySegment magnitudes = PackedTensors.floats(scope, tensors.require(MAGNITUDES, null, rows));
    TensorEntry layout = tensors.find(LAYOUT);
    boolean isRowMajor = layout == null || layout.data().get(ValueLayout.JAVA_BYTE, 0) == 0;
    if (!isRowMajor) {
      throw tensors.error(LAYOUT, "must be 0, row-major", "a layout of a GPU");
    }
    MemorySegment scales = scope.empty(DType.F32, rows).memory();
    for (long r = 0; r < rows; r++) {
      float magnitude = magnitudes.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, r);
      scales.setAtIndex(ValueLayout.JAVA_FLOAT, r, magnitude / LARGEST);
    }
    PackedIntegers matrix =
        new PackedIntegers(
            codes.data(),
            Byte.SIZE,
            true,
            rows,
            cols,
            PackedIntegers.Groups.inOrder(cols, scales, null));
    return new PackedWeight(Shape.of(shape), List.of(matrix), inputMajor);
  }
}
