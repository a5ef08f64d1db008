package dev.rapt.autograd;

import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Precision;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of one backward pass: those of activations, kept only while they are needed, and
 * those of parameters.
 */
public final class Backward {
  /**
   * The destination of a gradient.
   *
   * @param tensor in the shape of the operand
   * @param filled whether it already holds a gradient, to which the operation must add; otherwise
   *     the operation must write every element
   */
  record Slot(Tensor tensor, boolean filled) {}

  private final Tape tape;
  private final Gradients parameters;
  private final @Nullable Backward outer;
  private final IdentityHashMap<Tensor, Tensor> pending = new IdentityHashMap<>();

  Backward(Tape tape, Gradients parameters) {
    this.tape = tape;
    this.parameters = parameters;
    this.outer = null;
  }

  /**
   * Creates a nested pass for gradient checkpointing: gradients of tensors on the outer tape go to
   * the outer pass.
   */
  Backward(Tape tape, Backward outer) {
    this.tape = tape;
    this.parameters = outer.parameters;
    this.outer = outer;
  }

  Gradients parameters() {
    return parameters;
  }

  /** Returns the tape, on which gradients of activations are allocated. */
  public Tape tape() {
    return tape;
  }

  /** Removes and returns the gradient of a result, in its shape; null if none reached it. */
  @Nullable Tensor take(Tensor out) {
    Tensor d = pending.remove(out.root());
    if (d == null || d.shape().equals(out.shape())) {
      return d;
    }
    // the operation that computed it used a reshaped view of the result
    Tensor view = d.reshape(out.shape().toArray());
    tape.release(d);
    return view;
  }

  /**
   * Returns where to write the gradient of an operand, for operations that can add to an existing
   * gradient.
   */
  Slot slot(Tensor operand) {
    Tensor root = operand.root();
    if (outer != null && root.scope() != tape) {
      return outer.slot(operand);
    }
    if (isParameter(root)) {
      return parameters.slot(root);
    }
    Tensor present = pending.get(root);
    if (present == null) {
      Tensor fresh = tape.empty(root.dtype(), root.shape());
      pending.put(root, fresh);
      return new Slot(fresh, false);
    }
    Tensor own = exclusive(present);
    pending.put(root, own);
    return new Slot(own, true);
  }

  /** As {@link #slot}, but filled with zeros if there is no gradient yet. */
  Tensor zeroedSlot(Tensor operand) {
    Slot slot = slot(operand);
    if (!slot.filled) {
      slot.tensor.memory().fill((byte) 0);
    }
    return slot.tensor;
  }

  /** Returns the memory to which the gradient of a vector is added; null if it needs none. */
  @Nullable MemorySegment zeroedSums(@Nullable Tensor vector) {
    return vector == null || !vector.isTracked() ? null : zeroedSlot(vector).memory();
  }

  /**
   * Adds dX to the gradient of an operand. The caller must not use dX afterwards, since its memory
   * may become that of the sum.
   */
  public void add(Tensor operand, Tensor dX) {
    Tensor root = operand.root();
    if (outer != null && root.scope() != tape) {
      outer.add(operand, isParameter(root) ? dX : tape.escape(dX));
      return;
    }
    if (isParameter(root)) {
      Slot slot = parameters.slot(root);
      if (slot.filled) {
        Arithmetic.add(slot.tensor, slot.tensor, dX);
      } else {
        Arithmetic.copy(slot.tensor, dX);
      }
      tape.release(dX);
      return;
    }
    Tensor present = pending.get(root);
    if (present == null) {
      pending.put(root, dX);
      return;
    }
    Tensor sum =
        present.isExclusive()
            ? present
            : dX.isExclusive() ? dX : tape.empty(root.dtype(), root.shape());
    Arithmetic.add(sum, present, dX);
    pending.put(root, sum);
    if (sum != present) {
      tape.release(present);
    }
    if (sum != dX) {
      tape.release(dX);
    }
  }

  /** As {@link #add} if the operand needs a gradient; otherwise only frees dX. */
  void addOrRelease(Tensor operand, Tensor dX) {
    if (operand.isTracked()) {
      add(operand, dX);
    } else {
      tape.release(dX);
    }
  }

  /**
   * As {@link #addOrRelease} for a gradient computed in f32, which is rounded to the type of the
   * operand if that is an activation.
   */
  public void addWide(Tensor operand, Tensor dX) {
    if (operand.isTracked() && !isParameter(operand.root()) && operand.dtype() != dX.dtype()) {
      Tensor narrow = tape.empty(operand.dtype(), dX.shape());
      Precision.narrowInto(narrow, dX);
      add(operand, narrow);
    } else {
      addOrRelease(operand, dX);
    }
  }

  /** Returns a tensor with the values of d that nothing else reads: d itself, or a copy. */
  Tensor exclusive(Tensor d) {
    if (d.isExclusive()) {
      return d;
    }
    Tensor copy = tape.empty(d.dtype(), d.shape());
    copy.memory().copyFrom(d.memory());
    tape.release(d);
    return copy;
  }

  /**
   * Returns memory for a gradient of the size of dOut, possibly that of dOut itself: the operation
   * must read each element of dOut before it writes the same element of the result.
   */
  Tensor reuse(Tensor dOut) {
    return dOut.isExclusive()
        ? dOut.reshape(dOut.shape().toArray())
        : tape.empty(dOut.dtype(), dOut.shape());
  }

  private boolean isParameter(Tensor root) {
    return root.scope() != tape;
  }
}
