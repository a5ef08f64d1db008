package dev.rapt.autograd;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Scope that records the operations whose results it holds, for reverse-mode differentiation. Open
 * one for each forward and backward pass:
 *
 * <pre>{@code
 * try (Tape tape = Tape.open(scope)) {
 *   Tensor loss = model.loss(tape.ints(ids, B, T), ...);
 *   tape.backward(loss, gradients);
 * }
 * }</pre>
 */
public final class Tape extends Scope {
  private record Entry(Op op, Tensor out) {}

  private final List<Entry> entries = new ArrayList<>();
  private @Nullable Long dropoutSeed;

  private Tape(@Nullable Scope parent) {
    super(parent);
  }

  /** Opens a tape for operations on tensors of this scope. */
  public static Tape open(Scope parent) {
    return new Tape(parent);
  }

  /**
   * Records an operation if its result is allocated on a tape and one of its operands is tracked.
   * Operations call it; models do not.
   *
   * @return the result, which is then tracked
   */
  public static Tensor record(Op op, Tensor out, @Nullable Tensor... operands) {
    return anyTracked(operands) ? recordAlways(op, out) : out;
  }

  /** Records an operation that may depend on parameters that are not among its operands. */
  static Tensor recordAlways(Op op, Tensor out) {
    if (out.scope() instanceof Tape tape) {
      out.track();
      tape.entries.add(new Entry(op, out));
    }
    return out;
  }

  static boolean anyTracked(@Nullable Tensor... operands) {
    for (Tensor operand : operands) {
      if (operand != null && operand.isTracked()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a result allocated in this scope will need gradients. */
  public static boolean records(Scope scope, @Nullable Tensor... operands) {
    return scope instanceof Tape && anyTracked(operands);
  }

  /**
   * Sets the seed of the dropout of layers that do not see the pass; the first seed stays, so that
   * recomputed layers drop the same elements.
   */
  public void setDropoutSeed(long seed) {
    if (dropoutSeed == null) {
      dropoutSeed = seed;
    }
  }

  /** Returns the dropout seed of the tapes around a scope; empty outside training. */
  public static OptionalLong dropoutSeed(Scope scope) {
    for (Scope at = scope; at != null; at = at.parent()) {
      if (at instanceof Tape tape && tape.dropoutSeed != null) {
        return OptionalLong.of(tape.dropoutSeed);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Whether a scope is a tape or is nested in one, so that its results may need gradients or be
   * recomputed.
   */
  public static boolean encloses(@Nullable Scope scope) {
    return scope != null && (scope instanceof Tape || encloses(scope.parent()));
  }

  /**
   * Runs the backward pass: adds the gradient of a scalar to the gradients of the parameters it
   * depends on. Activations are freed on the way, so of the results on this tape only the loss can
   * be read afterwards.
   *
   * @param loss f32, one element
   */
  public void backward(Tensor loss, Gradients gradients) {
    if (loss.numElements() != 1) {
      throw new IllegalArgumentException("backward: the loss must be a scalar, got " + loss);
    }
    Tensor one = empty(DType.F32, loss.shape());
    one.memory().set(ValueLayout.JAVA_FLOAT, 0, 1f);
    backward(loss, one, new Backward(this, gradients));
  }

  void backward(Tensor out, Tensor dOut, Backward backward) {
    backward.add(out, dOut);
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      Tensor d = backward.take(entry.out);
      if (d != null) {
        entry.op.backward(d, backward);
        release(d);
      }
      if (entry.out.root() != out.root()) {
        release(entry.out);
      }
    }
    entries.clear();
  }
}
