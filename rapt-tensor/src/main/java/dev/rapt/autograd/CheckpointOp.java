package dev.rapt.autograd;

import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Gradient checkpointing of part of a model: the backward pass recomputes its activations. Training
 * deep nets with sublinear memory cost, arXiv:1604.06174.
 */
record CheckpointOp(Tensor x, UnaryOperator<Tensor> part) implements Op {
  static Tensor apply(Tensor x, UnaryOperator<Tensor> part) {
    try (Scope inside = x.scope().child()) {
      Tensor out = inside.escape(part.apply(inside.alias(x)));
      return Tape.recordAlways(new CheckpointOp(x, part), out);
    }
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    try (Tape inside = Tape.open(gradients.tape())) {
      Tensor leaf = inside.alias(x).track();
      Tensor out = part.apply(leaf);
      Backward inner = new Backward(inside, gradients);
      inside.backward(out, inside.alias(dOut), inner);
      Tensor dX = inner.take(leaf);
      if (dX != null && x.isTracked()) {
        gradients.add(x, inside.escape(dX));
      }
    }
  }
}
