package dev.rapt.autograd;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of parameters, f32, accumulated over backward passes until {@link #clear}. Their memory
 * is kept for the life of the scope they are allocated in.
 */
public final class Gradients {
  private static final class Sum {
    final Tensor tensor;
    boolean filled;

    Sum(Tensor tensor) {
      this.tensor = tensor;
    }
  }

  private final Scope scope;
  private final IdentityHashMap<Tensor, Sum> sums = new IdentityHashMap<>();

  /** Creates gradients whose memory is allocated in this scope. */
  public Gradients(Scope scope) {
    this.scope = scope;
  }

  /** Returns the gradient of a parameter, or null if it got none since the last clear. */
  public @Nullable Tensor of(Tensor parameter) {
    Sum sum = sums.get(parameter.root());
    return sum == null || !sum.filled ? null : sum.tensor;
  }

  /** Returns the tensor for the gradient of a parameter; the caller must write every element. */
  public Tensor overwrite(Tensor parameter) {
    return slot(parameter).tensor();
  }

  /** Discards the values; the memory is reused. */
  public void clear() {
    for (Sum sum : sums.values()) {
      sum.filled = false;
    }
  }

  Backward.Slot slot(Tensor parameter) {
    Sum sum =
        sums.computeIfAbsent(
            parameter.root(), root -> new Sum(scope.empty(DType.F32, root.shape())));
    boolean filled = sum.filled;
    sum.filled = true;
    return new Backward.Slot(sum.tensor, filled);
  }
}
