package dev.rapt.nn;

import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;

/** Two layers with a non-linearity between them. */
public record Mlp(Linear upProj, Activation activation, Linear downProj) implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return downProj.forward(upProj.forward(x, activation));
  }

  @Override
  public Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return downProj.addTo(stream, upProj.forward(x, activation));
  }
}
