package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * An MLP with a multiplicative gate: SwiGLU, GeGLU and their kin. arXiv:2002.05202.
 *
 * @param dropout of the gated product
 */
public record GatedMlp(
    Linear gateProj, Linear upProj, Activation activation, Linear downProj, InnerDropout dropout)
    implements Layer {
  /** Without dropout inside. */
  public GatedMlp(Linear gateProj, Linear upProj, Activation activation, Linear downProj) {
    this(gateProj, upProj, activation, downProj, InnerDropout.NONE);
  }

  /** Layers {@code gate_proj}, {@code up_proj} and {@code down_proj} of a checkpoint. */
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

  /** The same, in this layer of the model, with dropout before the last projection. */
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
