package dev.rapt.nn.mlp;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * A {@link GatedMlp} with one fused gate and up projection, whose outputs are all F gates, then all
 * F ups: Phi-3, GLM-4.
 */
public record FusedGatedMlp(Linear gateUpProj, Activation activation, Linear downProj)
    implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return downProj.forward(inside(x));
  }

  @Override
  public Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return downProj.addTo(stream, inside(x));
  }

  private Tensor inside(Tensor x) {
    Tensor both = gateUpProj.forward(x); // (B, T, 2 F)
    return Ops.gate(both, GateLayout.HALVES, new Gating.Product(activation)); // (B, T, F)
  }
}
