package dev.rapt.nn.mlp;

import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * A plain MLP: f(x Wup) Wdown.
 *
 * @param upProj (F, D)
 * @param activation f
 * @param downProj (D, F)
 * @param dropout between the activation and the down projection
 */
public record Mlp(Linear upProj, Activation activation, Linear downProj, InnerDropout dropout)
    implements Layer {
  /** Creates an MLP without dropout inside. */
  public Mlp(Linear upProj, Activation activation, Linear downProj) {
    this(upProj, activation, downProj, InnerDropout.NONE);
  }

  /**
   * Returns a copy with dropout before the down projection, in training.
   *
   * @param layer index of the block, for the seeds
   */
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
