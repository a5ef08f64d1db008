package dev.rapt.nn.mlp;

import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Two layers with a non-linearity between them.
 *
 * @param dropout between the non-linearity and the second layer
 */
public record Mlp(Linear upProj, Activation activation, Linear downProj, InnerDropout dropout)
    implements Layer {
  /** Without dropout inside. */
  public Mlp(Linear upProj, Activation activation, Linear downProj) {
    this(upProj, activation, downProj, InnerDropout.NONE);
  }

  /** The same, in this layer of the model, with dropout before the last projection. */
  public Mlp withDropout(int layer, float probability) {
    return new Mlp(upProj, activation, downProj, new InnerDropout(layer, probability));
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return downProj.forward(inside(x, pass));
  }

  @Override
  public Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return downProj.addTo(stream, inside(x, pass));
  }

  private Tensor inside(Tensor x, Pass pass) {
    return dropout.apply(upProj.forward(x, activation), pass); // (B, T, F)
  }
}
