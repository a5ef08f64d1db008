package dev.rapt.tensor;

import dev.rapt.tensor.MemoryPool.Block;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array of one element type in native memory, row-major without gaps. The memory
 * belongs to a {@link Scope} and must not be used after the scope is closed. Shape and memory never
 * change; the elements are written by whoever computes them.
 *
 * <p>A tensor is <em>tracked</em> when gradients flow to it: a parameter that is trained, or a
 * result that depends on one.
 */
public final class Tensor {
  private final Scope scope;
  private final @Nullable Block block;
  private final MemorySegment memory;
  private final DType dtype;
  private final Shape shape;
  private final @Nullable Tensor root;
  private boolean tracked;

  Tensor(
      Scope scope,
      @Nullable Block block,
      MemorySegment memory,
      DType dtype,
      Shape shape,
      @Nullable Tensor root) {
    this.scope = scope;
    this.block = block;
    this.memory = memory;
    this.dtype = dtype;
    this.shape = shape;
    this.root = root;
  }

  /** The scope that owns the memory. */
  public Scope scope() {
    return scope;
  }

  @Nullable Block block() {
    return block;
  }

  /** The elements: little-endian, row-major, as long as the shape says. */
  public MemorySegment memory() {
    return memory;
  }

  /** Element type. */
  public DType dtype() {
    return dtype;
  }

  /** Sizes of the dimensions. */
  public Shape shape() {
    return shape;
  }

  /** Size of dimension i; a negative i counts from the end. */
  public long dim(int i) {
    return shape.dim(i);
  }

  /** Number of elements. */
  public long numElements() {
    return shape.numElements();
  }

  /** Size of the innermost dimension; 1 for a scalar. */
  public long lastDim() {
    return shape.rank() == 0 ? 1 : shape.dim(-1);
  }

  /** Number of vectors along the innermost dimension. */
  public long numRows() {
    return lastDim() == 0 ? 0 : numElements() / lastDim();
  }

  /** The same elements under another shape of as many; one size may be -1. */
  public Tensor reshape(long... dims) {
    long[] sizes = dims.clone();
    long known = 1;
    int open = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    if (open >= 0) {
      sizes[open] = known == 0 ? 0 : numElements() / known;
    }
    Shape target = Shape.of(sizes);
    if (target.numElements() != numElements()) {
      throw new IllegalArgumentException(
          "reshape: the number of elements must stay, got " + shape + " to " + Shape.of(sizes));
    }
    if (block != null) {
      block.references++;
    }
    Tensor view = new Tensor(scope, block, memory, dtype, target, root());
    view.tracked = tracked;
    return view;
  }

  /**
   * A tensor in a narrower type that stands for this one in computations; its gradient is this
   * one's.
   */
  public Tensor shadow(Tensor narrow) {
    Tensor view =
        new Tensor(narrow.scope, narrow.block, narrow.memory, narrow.dtype, shape, root());
    view.tracked = tracked;
    return view;
  }

  /** The tensor under which the gradient of this one is kept: itself, or what it is a view of. */
  public Tensor root() {
    return root == null ? this : root;
  }

  /** Whether no other tensor is a view of this memory, so that it may be overwritten. */
  public boolean isExclusive() {
    return block != null && block.references == 1;
  }

  /** Whether gradients flow to this tensor. */
  public boolean isTracked() {
    return tracked;
  }

  /** Marks this tensor as one to which gradients flow. */
  public Tensor track() {
    tracked = true;
    return this;
  }

  /** One f32 element, by its index in row-major order. */
  public float getFloat(long index) {
    requireType(DType.F32);
    return memory.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
  }

  /** One i32 element, by its index in row-major order. */
  public int getInt(long index) {
    requireType(DType.I32);
    return memory.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
  }

  /** The elements of an f32 tensor, row-major, as a new array. */
  public float[] toFloats() {
    requireType(DType.F32);
    return memory.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** The elements of an i32 tensor, row-major, as a new array. */
  public int[] toInts() {
    requireType(DType.I32);
    return memory.toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  /**
   * Checks the shape of an argument.
   *
   * @throws IllegalArgumentException if it is another
   */
  public Tensor requireShape(String name, long... dims) {
    if (!shape.equals(Shape.of(dims))) {
      throw new IllegalArgumentException(
          "%s: must be %s, got %s".formatted(name, Shape.of(dims), shape));
    }
    return this;
  }

  /**
   * Checks the element type.
   *
   * @throws IllegalArgumentException if it is another
   */
  public Tensor requireType(DType required) {
    if (dtype != required) {
      throw new IllegalArgumentException(
          "tensor %s: must be %s, got %s".formatted(shape, required.label(), dtype.label()));
    }
    return this;
  }

  void requireElements(long count) {
    if (count != numElements()) {
      throw new IllegalArgumentException(
          "tensor %s: needs %d elements, got %d".formatted(shape, numElements(), count));
    }
  }

  /** As in error messages: {@code (2, 3, 64) f32}. */
  @Override
  public String toString() {
    return shape + " " + dtype.label();
  }
}
