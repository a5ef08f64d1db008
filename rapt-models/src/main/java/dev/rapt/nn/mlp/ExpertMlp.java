package dev.rapt.nn.mlp;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;

/** The experts of a layer: X gated MLPs (SwiGLU). */
public sealed interface ExpertMlp {
  /**
   * Applies each expert to its rows.
   *
   * @param rows (R, D), R = tokens * topK, sorted by expert as the dispatch says
   * @return (R, D)
   */
  Tensor forward(Tensor rows, ExpertDispatch dispatch);

  /** Experts with separate gate and up projections: (f(h Wgate) * h Wup) Wdown. */
  record Gated(
      ExpertLinear gateProj, ExpertLinear upProj, Activation activation, ExpertLinear downProj)
      implements ExpertMlp {
    /**
     * Names of the layers of an expert in a checkpoint.
     *
     * @param gate of the gate projection
     * @param up of the up projection
     * @param down of the down projection
     */
    public record Names(String gate, String up, String down) {
      /** Names of most families. */
      public static final Names PROJ = new Names("gate_proj", "up_proj", "down_proj");

      /** Names of Mixtral and Phi-3.5-MoE. */
      public static final Names NUMBERED = new Names("w1", "w3", "w2");
    }

    /**
     * Creates experts under the numbers 0 to X - 1.
     *
     * @param numExperts X
     * @param hiddenSize D
     * @param intermediateSize F
     * @param std standard deviation of new gate and up projections
     * @param downStd standard deviation of new down projections
     */
    public static Gated of(
        ParameterSource source,
        Names names,
        int numExperts,
        long hiddenSize,
        long intermediateSize,
        Activation activation,
        double std,
        double downStd) {
      long D = hiddenSize;
      long F = intermediateSize;
      return new Gated(
          ExpertLinear.Separate.of(source, names.gate(), numExperts, D, F, std),
          ExpertLinear.Separate.of(source, names.up(), numExperts, D, F, std),
          activation,
          ExpertLinear.Separate.of(source, names.down(), numExperts, F, D, downStd));
    }

    @Override
    public Tensor forward(Tensor rows, ExpertDispatch dispatch) {
      Tensor gate = gateProj.forward(rows, dispatch); // (R, F)
      Tensor up = upProj.forward(rows, dispatch); // (R, F)
      return downProj.forward(Ops.gate(gate, up, activation), dispatch);
    }
  }

  /**
   * Experts with one fused gate and up projection.
   *
   * @param layout order of gate and up in the 2 F outputs of the projection
   */
  record Fused(ExpertLinear gateUpProj, GateLayout layout, Gating gating, ExpertLinear downProj)
      implements ExpertMlp {
    @Override
    public Tensor forward(Tensor rows, ExpertDispatch dispatch) {
      Tensor both = gateUpProj.forward(rows, dispatch); // (R, 2 F)
      return downProj.forward(Ops.gate(both, layout, gating), dispatch);
    }
  }
}
