package dev.rapt.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Sizes of a tensor's dimensions, outermost first. Immutable; a scalar has rank 0. */
public final class Shape {
  private final long[] dims;

  private Shape(long[] dims) {
    this.dims = dims;
  }

  /**
   * Creates a shape of these sizes.
   *
   * @throws IllegalArgumentException if a size is negative or the number of elements does not fit a
   *     long
   */
  public static Shape of(long... dims) {
    long count = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape: sizes must not be negative, got " + Arrays.toString(dims));
      }
      try {
        count = Math.multiplyExact(count, dim);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "shape: the number of elements must be below 2^63, got " + Arrays.toString(dims), e);
      }
    }
    return new Shape(dims.clone());
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Size of dimension i; a negative i counts from the end, -1 being the innermost. */
  public long dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /** Number of elements. */
  public long numElements() {
    long count = 1;
    for (long dim : dims) {
      count *= dim;
    }
    return count;
  }

  /** The sizes, as a new array. */
  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As in error messages: {@code (2, 3, 64)}. */
  @Override
  public String toString() {
    return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
