package dev.rapt.model.load;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tensor.Shape;
import java.util.List;

/**
 * The block of a matrix that shares a scale.
 *
 * @param rows its rows
 * @param cols its columns
 */
record ScaleBlock(long rows, long cols) {
  /**
   * Finds it from the shape of the scales: a number or (1) for the matrix, (N, 1) for rows, (N,
   * groups) for groups of columns of each row, else blocks.
   *
   * @param name name of the scales
   * @param block rows and columns of a block, or empty if the format has none
   */
  static ScaleBlock of(
      PackedTensors tensors, String name, TensorEntry scales, List<Integer> block) {
    long rows = tensors.rows();
    long cols = tensors.cols();
    Shape shape = scales.shape();
    if (!scales.dtype().isFloat()) {
      throw tensors.error(name, "must be of a floating-point dtype", scales.dtype().label());
    }
    if (shape.numElements() == 1) {
      return new ScaleBlock(rows, cols);
    }
    if (shape.equals(Shape.of(rows))) {
      return new ScaleBlock(1, cols);
    }
    if (!block.isEmpty()) {
      long down = block.get(0);
      long across = block.get(1);
      if (shape.equals(Shape.of(Math.ceilDiv(rows, down), Math.ceilDiv(cols, across)))) {
        return new ScaleBlock(down, across);
      }
    }
    boolean isOfRows = shape.rank() == 2 && shape.dim(0) == rows && shape.dim(1) > 0;
    if (!isOfRows || cols % shape.dim(1) != 0) {
      throw tensors.error(
          name,
          "must be (1), %s or %s, with a number of groups that divides the inputs"
              .formatted(Shape.of(rows, 1), "(" + rows + ", groups)"),
          shape.toString());
    }
    return new ScaleBlock(1, cols / shape.dim(1));
  }
}
