package dev.rapt.kernel;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Strided view of a matrix in memory: logical element (r, c) is at {@code offset + r * rowStride +
 * c * colStride} elements. One of the two strides is 1; if it is the column stride, the matrix is
 * stored row-major, otherwise it is the transpose of the stored matrix.
 *
 * @param memory holds the elements
 * @param offset index of element (0, 0), in elements
 * @param dtype element type
 * @param rows logical rows
 * @param cols logical columns
 * @param rowStride elements from one row to the next
 * @param colStride elements from one column to the next
 */
public record Matrix(
    MemorySegment memory,
    long offset,
    DType dtype,
    long rows,
    long cols,
    long rowStride,
    long colStride) {
  public Matrix {
    if (rowStride != 1 && colStride != 1) {
      throw new IllegalArgumentException(
          "matrix: one stride must be 1, got " + rowStride + " and " + colStride);
    }
  }

  /** A dense row-major matrix that begins at the start of the memory. */
  public static Matrix of(MemorySegment memory, DType dtype, long rows, long cols) {
    return new Matrix(memory, 0, dtype, rows, cols, cols, 1);
  }

  /** Returns the transpose: a view of the same memory with rows and columns exchanged. */
  public Matrix transposed() {
    return new Matrix(memory, offset, dtype, cols, rows, colStride, rowStride);
  }

  /** Returns rows [from, to) of this matrix as a view. */
  public Matrix rows(long from, long to) {
    return new Matrix(
        memory, offset + from * rowStride, dtype, to - from, cols, rowStride, colStride);
  }

  /** Returns columns [from, to) of this matrix as a view. */
  public Matrix cols(long from, long to) {
    return new Matrix(
        memory, offset + from * colStride, dtype, rows, to - from, rowStride, colStride);
  }

  /** Returns the form used in error messages, for example {@code (128, 64) f32}. */
  @Override
  public String toString() {
    return "(" + rows + ", " + cols + ") " + dtype.label();
  }
}
