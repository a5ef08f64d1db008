package dev.rapt.tensor;

import dev.rapt.tensor.MemoryPool.Block;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owner of tensors: closing a scope frees all memory that was allocated in it, and reading one of
 * its tensors afterwards throws. Parameters live in the scope of their model, activations in the
 * scope of a step or a request, intermediate results of one block of a model in a child of that.
 *
 * <p>An operation allocates its result in the innermost scope of its operands. The scopes of the
 * operands must therefore be ancestors of one another. A scope is used by one thread at a time.
 */
public class Scope implements AutoCloseable {
  private final @Nullable Scope parent;
  private final int depth;
  private final MemoryPool pool;
  private final Set<Block> blocks = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  /** A scope inside the parent, or without a parent if that is null. */
  protected Scope(@Nullable Scope parent) {
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.pool = parent == null ? MemoryPool.shared() : parent.pool;
  }

  /** Opens a scope without a parent: for a model, or for a small program as a whole. */
  public static Scope open() {
    return new Scope(null);
  }

  /** Opens a scope for part of the work of this one; close it before this one. */
  public Scope child() {
    return new Scope(this);
  }

  /** The scope that this one is a child of; null if it has no parent. */
  public @Nullable Scope parent() {
    return parent;
  }

  /**
   * The innermost scope among the operands of an operation.
   *
   * @param operands null operands are ignored
   * @throws IllegalArgumentException if all operands are null
   */
  public static Scope innermost(@Nullable Tensor... operands) {
    Scope inner = null;
    for (Tensor operand : operands) {
      if (operand != null && (inner == null || operand.scope().depth > inner.depth)) {
        inner = operand.scope();
      }
    }
    if (inner == null) {
      throw new IllegalArgumentException("scope: an operation needs at least one operand");
    }
    return inner;
  }

  /** Allocates a tensor whose elements are undefined. */
  public Tensor empty(DType dtype, long... dims) {
    return empty(dtype, Shape.of(dims));
  }

  /**
   * Allocates a tensor whose elements are undefined.
   *
   * @throws IllegalStateException if this scope is closed
   */
  public Tensor empty(DType dtype, Shape shape) {
    requireOpen();
    long byteSize = Math.multiplyExact(shape.numElements(), (long) dtype.byteSize());
    Block block = pool.take(byteSize);
    blocks.add(block);
    return new Tensor(this, block, dtype, shape);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("scope: closed; allocate in a scope that is still open");
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Allocates a tensor of zeros. */
  public Tensor zeros(DType dtype, long... dims) {
    Tensor zeros = empty(dtype, dims);
    zeros.memory().fill((byte) 0);
    return zeros;
  }

  /** Allocates an f32 tensor with these elements, row-major. */
  public Tensor floats(float[] values, long... dims) {
    Tensor tensor = empty(DType.F32, dims);
    tensor.requireElements(values.length);
    MemorySegment.copy(values, 0, tensor.memory(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  /** Allocates an i32 tensor with these elements, row-major. */
  public Tensor ints(int[] values, long... dims) {
    Tensor tensor = empty(DType.I32, dims);
    tensor.requireElements(values.length);
    MemorySegment.copy(values, 0, tensor.memory(), ValueLayout.JAVA_INT, 0, values.length);
    return tensor;
  }

  /**
   * Returns a tensor over memory that this scope does not own, such as a mapped file. Its owner
   * must keep it valid for as long as this scope is open.
   *
   * @throws IllegalArgumentException if the memory is not as long as the shape says
   */
  public Tensor wrap(MemorySegment memory, DType dtype, long... dims) {
    requireOpen();
    Tensor tensor = new Tensor(this, memory, dtype, Shape.of(dims));
    if (memory.byteSize() != tensor.numElements() * dtype.byteSize()) {
      throw new IllegalArgumentException(
          "wrap: %s %s needs %d bytes, got %d"
              .formatted(
                  tensor.shape(),
                  dtype.label(),
                  tensor.numElements() * dtype.byteSize(),
                  memory.byteSize()));
    }
    return tensor;
  }

  /** Returns a tensor that has a shape but no elements: nothing can be read from it. */
  public Tensor outline(DType dtype, long... dims) {
    requireOpen();
    return new Tensor(this, MemorySegment.NULL, dtype, Shape.of(dims));
  }

  /**
   * Returns a tensor of this scope over the memory of another, so that results computed from it are
   * allocated here. Gradients do not flow through it. The other tensor keeps the memory: once that
   * is freed, reading the alias throws.
   */
  public Tensor alias(Tensor tensor) {
    requireOpen();
    return tensor.aliasIn(this);
  }

  /**
   * Moves a tensor of this scope to the parent, so that it outlives this scope.
   *
   * @return the tensor to use from now on
   * @throws IllegalStateException if this scope has no parent
   */
  public Tensor escape(Tensor tensor) {
    if (parent == null) {
      throw new IllegalStateException("escape: this scope has no parent");
    }
    Block block = tensor.block();
    if (block == null || !blocks.remove(block)) {
      return parent.alias(tensor);
    }
    parent.blocks.add(block);
    return tensor.movedTo(parent);
  }

  /**
   * Gives up a tensor before the scope closes; reading it afterwards throws. Its memory is reused
   * once every tensor over the same memory is released. Does nothing for tensors that are freed
   * already or whose memory is not from the pool.
   */
  public void release(Tensor tensor) {
    Block block = tensor.block();
    if (block == null || !tensor.isReadable() || !tensor.scope().blocks.contains(block)) {
      return;
    }
    tensor.markReleased();
    if (--block.references == 0) {
      tensor.scope().blocks.remove(block);
      pool.giveBack(block);
    }
  }

  /** Frees every tensor that was allocated here; a second call does nothing. */
  @Override
  public void close() {
    closed = true;
    for (Block block : blocks) {
      pool.giveBack(block);
    }
    blocks.clear();
  }
}
