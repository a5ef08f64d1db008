package dev.rapt.tensor;

import dev.rapt.tensor.MemoryPool.Block;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array of one element type in native memory, row-major without gaps. The memory
 * belongs to a {@link Scope} and is reused once the scope is closed or the tensor is released;
 * {@link #memory} then throws. Shape and memory never change; the elements are written by the
 * operation that computes them.
 *
 * <p>A tensor is <em>tracked</em> when gradients flow to it: a parameter that is trained, or a
 * result that depends on one.
 */
public final class Tensor {
  private final Scope scope;
  private final @Nullable Block block;

  /** Use of the block by which this tensor holds it; any other use makes this tensor invalid. */
  private final int use;

  /** The tensor of another scope whose memory this one reads; null if it reads none. */
  private final @Nullable Tensor source;

  private final MemorySegment memory;
  private final DType dtype;
  private final Shape shape;
  private final @Nullable Tensor root;
  private boolean tracked;
  private boolean released;

  /** A tensor over a block of the pool. */
  Tensor(Scope scope, Block block, DType dtype, Shape shape) {
    this.scope = scope;
    this.block = block;
    this.use = block.use;
    this.source = null;
    this.memory = block.memory.asSlice(0, shape.numElements() * dtype.byteSize());
    this.dtype = dtype;
    this.shape = shape;
    this.root = null;
  }

  /** A tensor over memory that is not from the pool. */
  Tensor(Scope scope, MemorySegment memory, DType dtype, Shape shape) {
    this.scope = scope;
    this.block = null;
    this.use = 0;
    this.source = null;
    this.memory = memory;
    this.dtype = dtype;
    this.shape = shape;
    this.root = null;
  }

  /** The memory of another tensor, under another shape or in another scope. */
  private Tensor(
      Scope scope, Tensor original, boolean ownsBlock, Shape shape, @Nullable Tensor root) {
    this.scope = scope;
    this.block = ownsBlock ? original.block : null;
    this.use = original.use;
    this.source = ownsBlock ? original.source : original;
    this.memory = original.memory();
    this.dtype = original.dtype;
    this.shape = shape;
    this.root = root;
  }

  /** A tensor of {@code scope} that reads the memory of this one, which keeps it. */
  Tensor aliasIn(Scope scope) {
    Tensor owner = block == null && source != null ? source : this;
    return new Tensor(scope, owner, false, shape, null);
  }

  /** A tensor of {@code scope}, which now owns the block of this one. */
  Tensor movedTo(Scope scope) {
    return new Tensor(scope, this, true, shape, null);
  }

  /** The scope that owns the memory. */
  public Scope scope() {
    return scope;
  }

  @Nullable Block block() {
    return block;
  }

  void markReleased() {
    released = true;
  }

  /**
   * The elements: little-endian, row-major, as long as the shape says.
   *
   * @throws IllegalStateException if the scope is closed or the tensor was released: its memory may
   *     hold another tensor by now
   * @apiNote A segment obtained earlier is not checked any more. Do not keep it.
   */
  public MemorySegment memory() {
    if (!isReadable()) {
      throw unreadable();
    }
    return memory;
  }

  boolean isReadable() {
    if (block != null) {
      return block.use == use && !released;
    }
    return !scope.isClosed() && (source == null || source.isReadable());
  }

  private IllegalStateException unreadable() {
    String reason =
        released || !scope.isClosed()
            ? source == null ? "was released" : "reads a tensor that was freed"
            : "belongs to a scope that is closed";
    return new IllegalStateException(
        "tensor %s: %s; read it before that, or let it escape to a scope that stays open"
            .formatted(this, reason));
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

  /** Number of rows: vectors along the innermost dimension. */
  public long numRows() {
    return lastDim() == 0 ? 0 : numElements() / lastDim();
  }

  /**
   * Returns a view of the same elements under another shape.
   *
   * @param dims sizes with the same product; one may be -1 and follows from the others
   * @throws IllegalArgumentException if the number of elements would change
   */
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
          "reshape: the number of elements must not change, got " + shape + " to " + target);
    }
    Tensor view = new Tensor(scope, this, true, target, root());
    if (block != null) {
      block.references++;
    }
    view.tracked = tracked;
    return view;
  }

  /**
   * Returns a view of {@code narrow}, a copy of this tensor in a narrower type, that stands for
   * this tensor in computations: gradients of the view are gradients of this tensor.
   */
  public Tensor shadow(Tensor narrow) {
    Tensor view = new Tensor(narrow.scope, narrow, true, shape, root());
    view.tracked = tracked;
    return view;
  }

  /**
   * The tensor that the gradient of this one is kept for: itself, or the tensor it is a view of.
   */
  public Tensor root() {
    return root == null ? this : root;
  }

  /** Whether no other tensor is a view of this memory, so that it may be overwritten in place. */
  public boolean isExclusive() {
    return block != null && block.references == 1;
  }

  /** Whether the memory is part of a mapped file. */
  public boolean isMapped() {
    return memory.isMapped();
  }

  /** Whether gradients flow to this tensor. */
  public boolean isTracked() {
    return tracked;
  }

  /** Marks this tensor as one to which gradients flow, and returns it. */
  public Tensor track() {
    tracked = true;
    return this;
  }

  /** One f32 element, by its index in row-major order. */
  public float getFloat(long index) {
    requireType(DType.F32);
    return memory().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
  }

  /** One i32 element, by its index in row-major order. */
  public int getInt(long index) {
    requireType(DType.I32);
    return memory().getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
  }

  /** The elements of an f32 tensor, row-major, as a new array. */
  public float[] toFloats() {
    requireType(DType.F32);
    return memory().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** The elements of an i32 tensor, row-major, as a new array. */
  public int[] toInts() {
    requireType(DType.I32);
    return memory().toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  /**
   * Checks the shape of an argument.
   *
   * @param name of the operation and argument, for the message
   * @return this tensor
   * @throws IllegalArgumentException if the shape differs
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
   * @return this tensor
   * @throws IllegalArgumentException if the type differs
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
