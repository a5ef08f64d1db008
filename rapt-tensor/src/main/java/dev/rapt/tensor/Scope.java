package dev.rapt.tensor;

import dev.rapt.tensor.MemoryPool.Block;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owner of tensors: closing a scope frees all memory that was allocated in it. Parameters live in
 * the scope of their model, activations in the scope of a step or a request, what is needed inside
 * one block of a model in a child of that.
 *
 * <p>An operation allocates its result in the innermost scope of its operands; operands must
 * therefore come from one line of descent. A scope is used by one thread at a time.
 */
public class Scope implements AutoCloseable {
  private final @Nullable Scope parent;
  private final int depth;
  private final MemoryPool pool;
  private final Set<Block> blocks = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  /** A scope inside another, or beside all others when the parent is null. */
  protected Scope(@Nullable Scope parent) {
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.pool = parent == null ? MemoryPool.shared() : parent.pool;
  }

  /** A scope without a parent: for a model, or for a small program as a whole. */
  public static Scope open() {
    return new Scope(null);
  }

  /** A scope for part of the work of this one; to be closed before it. */
  public Scope child() {
    return new Scope(this);
  }

  /** The scope of which this is a part; null where it is part of none. */
  public @Nullable Scope parent() {
    return parent;
  }

  /** The innermost scope among the operands of an operation; null operands are passed over. */
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

  /** A tensor whose elements are not yet written. */
  public Tensor empty(DType dtype, long... dims) {
    return empty(dtype, Shape.of(dims));
  }

  /** A tensor whose elements are not yet written. */
  public Tensor empty(DType dtype, Shape shape) {
    if (closed) {
      throw new IllegalStateException("scope: closed; allocate in a scope that is still open");
    }
    long byteSize = Math.multiplyExact(shape.numElements(), (long) dtype.byteSize());
    Block block = pool.take(byteSize);
    blocks.add(block);
    return new Tensor(this, block, block.memory.asSlice(0, byteSize), dtype, shape, null);
  }

  /** A tensor of zeros. */
  public Tensor zeros(DType dtype, long... dims) {
    Tensor zeros = empty(dtype, dims);
    zeros.memory().fill((byte) 0);
    return zeros;
  }

  /** An f32 tensor with these elements, row-major. */
  public Tensor floats(float[] values, long... dims) {
    Tensor tensor = empty(DType.F32, dims);
    tensor.requireElements(values.length);
    MemorySegment.copy(values, 0, tensor.memory(), ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  /** An i32 tensor with these elements, row-major. */
  public Tensor ints(int[] values, long... dims) {
    Tensor tensor = empty(DType.I32, dims);
    tensor.requireElements(values.length);
    MemorySegment.copy(values, 0, tensor.memory(), ValueLayout.JAVA_INT, 0, values.length);
    return tensor;
  }

  /**
   * A tensor over memory that somebody else owns, such as a mapped file, and keeps valid for as
   * long as this scope is open.
   */
  public Tensor wrap(MemorySegment memory, DType dtype, long... dims) {
    Tensor tensor = new Tensor(this, null, memory, dtype, Shape.of(dims), null);
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

  /**
   * The same memory as a tensor of this scope, so that what is computed from it is allocated here.
   * Gradients do not flow through.
   */
  public Tensor alias(Tensor tensor) {
    return new Tensor(this, null, tensor.memory(), tensor.dtype(), tensor.shape(), null);
  }

  /** Moves a tensor of this scope to the parent, to outlive this scope. */
  public Tensor escape(Tensor tensor) {
    if (parent == null) {
      throw new IllegalStateException("escape: this scope has no parent");
    }
    Block block = tensor.block();
    if (block == null || !blocks.remove(block)) {
      return parent.alias(tensor);
    }
    parent.blocks.add(block);
    return new Tensor(parent, block, tensor.memory(), tensor.dtype(), tensor.shape(), null);
  }

  /**
   * Gives up a tensor before the scope closes. Its memory is used again once every tensor over the
   * same memory is released.
   */
  public void release(Tensor tensor) {
    Block block = tensor.block();
    if (block == null || !tensor.scope().blocks.contains(block)) {
      return;
    }
    if (--block.references == 0) {
      tensor.scope().blocks.remove(block);
      pool.giveBack(block);
    }
  }

  /** Frees every tensor that was allocated here. */
  @Override
  public void close() {
    closed = true;
    for (Block block : blocks) {
      pool.giveBack(block);
    }
    blocks.clear();
  }
}
