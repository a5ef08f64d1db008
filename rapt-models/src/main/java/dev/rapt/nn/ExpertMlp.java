package dev.rapt.nn;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.Tensor;

/** The gated MLPs of all experts of a layer. */
public sealed interface ExpertMlp {
  /** Maps rows (N topK, D), in the order of the dispatch, to (N topK, D). */
  Tensor forward(Tensor rows, ExpertDispatch dispatch);

  /** With layers of their own for gates and for values. */
  record Gated(
      ExpertLinear gateProj, ExpertLinear upProj, Activation activation, ExpertLinear downProj)
      implements ExpertMlp {
    /** How a family calls the layers of an expert. */
    public record Names(String gate, String up, String down) {
      /** As in most families. */
      public static final Names PROJ = new Names("gate_proj", "up_proj", "down_proj");

      /** As in Mixtral and Phi-3.5-MoE. */
      public static final Names NUMBERED = new Names("w1", "w3", "w2");
    }

    /** Experts whose layers lie under their numbers. */
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
      Tensor gate = gateProj.forward(rows, dispatch); // (N topK, F)
      Tensor up = upProj.forward(rows, dispatch); // (N topK, F)
      return downProj.forward(Ops.gate(gate, up, activation), dispatch);
    }
  }

  /** With one layer for gates and values. */
  record Fused(ExpertLinear gateUpProj, GateLayout layout, Gating gating, ExpertLinear downProj)
      implements ExpertMlp {
    @Override
    public Tensor forward(Tensor rows, ExpertDispatch dispatch) {
      Tensor both = gateUpProj.forward(rows, dispatch); // (N topK, 2 F)
      return downProj.forward(Ops.gate(both, layout, gating), dispatch);
    }
  }
}
