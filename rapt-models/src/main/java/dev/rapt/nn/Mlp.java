package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;

/** Two layers with a non-linearity between them. */
public record Mlp(Linear upProj, Activation activation, Linear downProj) implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return downProj.forward(Ops.activate(upProj.forward(x), activation));
  }
}
