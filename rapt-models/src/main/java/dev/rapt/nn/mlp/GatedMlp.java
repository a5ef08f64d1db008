package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * A gated MLP: (f(x Wgate) * x Wup) Wdown. SwiGLU with f = SiLU, GeGLU with f = GELU.
 * arXiv:2002.05202.
 *
 * @param gateProj (F, D)
 * @param upProj (F, D)
 * @param activation f
 * @param downProj (D, F)
 * @param dropout of the gated product (B, T, F)
 */
public record GatedMlp(
    Linear gateProj, Linear upProj, Activation activation, Linear downProj, InnerDropout dropout)
    implements Layer {
  /** Creates a gated MLP without dropout inside. */
  public GatedMlp(Linear gateProj, Linear upProj, Activation activation, Linear downProj) {
    this(gateProj, upProj, activation, downProj, InnerDropout.NONE);
  }

  /**
   * Creates a gated MLP from {@code gate_proj}, {@code up_proj} and {@code down_proj} of a
   * checkpoint.
   *
   * @param hiddenSize D
   * @param intermediateSize F
   * @param std standard deviation of new gate and up projections
   * @param downStd standard deviation of a new down projection
   */
  public static GatedMlp of(
      ParameterSource source,
      long hiddenSize,
      long intermediateSize,
      Activation activation,
      boolean hasBias,
      double std,
      double downStd) {
    return new GatedMlp(
        Linear.of(source.at("gate_proj"), hiddenSize, intermediateSize, hasBias, std),
        Linear.of(source.at("up_proj"), hiddenSize, intermediateSize, hasBias, std),
        activation,
        Linear.of(source.at("down_proj"), intermediateSize, hiddenSize, hasBias, downStd));
  }

  /**
   * Returns a copy with dropout before the down projection, in training.
   *
   * @param layer index of the block, for the seeds
   */
  public GatedMlp withDropout(int layer, float probability) {
    return new GatedMlp(
        gateProj, upProj, activation, downProj, new InnerDropout(layer, probability));
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
    Tensor gated = Ops.gate(gateProj.forward(x), upProj.forward(x), activation); // (B, T, F)
    return dropout.apply(gated, pass);
  }
}
