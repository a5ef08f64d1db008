package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.nn.recurrent.Decay;
import dev.rapt.tensor.Tensor;

/**
 * Linear attention whose memory forgets by a gate and corrects what it holds: Gated DeltaNet,
 * arXiv:2412.06464.
 */
record GatedDeltaNet(
    int layer,
    DeltaSizes sizes,
    Activation activation,
    DeltaProjection projection,
    CausalConv conv,
    Parameter dtBias,
    Decay decay,
    Norm norm,
    Linear outProj)
    implements Layer {
  private static final int MEMORY_SITE = 1;
  private static final float L2_EPS = 1e-6f;

  static GatedDeltaNet of(
      int layer,
      DecoderSizes model,
      DeltaSizes sizes,
      DeltaProjection projection,
      Activation f,
      float eps,
      ParameterSource at) {
    long K = sizes.keyWidth();
    long V = sizes.valueWidth();
    int H = sizes.numValueHeads();
    return new GatedDeltaNet(
        layer,
        sizes,
        f,
        projection,
        CausalConv.of(layer, at.at("conv1d"), 2 * K + V, sizes.kernelSize(), false),
        at.get("dt_bias", Init.ONES, H),
        Decay.of(at, "A_log", H),
        Norm.RmsNorm.of(at.at("norm"), sizes.valueDim(), eps),
        Linear.of(at.at("out_proj"), V, model.hiddenSize(), false, model.residualStd()));
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    long B = x.dim(0);
    long T = x.dim(1);
    int H = sizes.numValueHeads();
    int K = sizes.keyWidth();
    int V = sizes.valueWidth();
    Tensor seen = pass.withoutPadding(x);
    DeltaProjection.Parts parts = projection.project(seen);
    Tensor mixed = Ops.activate(conv.forward(parts.qkv(), pass), activation);
    Tensor steps = Ops.add(parts.steps(), dtBias.value());
    Tensor logDecay =
        Ops.multiply(Ops.activate(steps, Activation.SOFTPLUS), decay.rates(x.scope()));
    KvCache cache = pass.cache();
    Recurrences.Outcome memory =
        Recurrences.linearAttention(
            Ops.scale(
                ofValueHeads(Ops.columns(mixed, 0, K)), (float) (1 / Math.sqrt(sizes.keyDim()))),
            ofValueHeads(Ops.columns(mixed, K, K)),
            Ops.columns(mixed, 2L * K, V).reshape(B, T, H, sizes.valueDim()),
            logDecay,
            Ops.activate(parts.strengths(), Activation.SIGMOID),
            cache == null ? null : cache.state(layer, MEMORY_SITE)); // (B, T, H, V / H)
    if (cache != null) {
      cache.keepState(layer, MEMORY_SITE, memory.state());
    }
    Tensor read = norm.forward(memory.out()).reshape(B, T, V);
    return outProj.forward(Ops.gate(parts.gate(), read, Activation.SILU));
  }

  /** Heads of queries or keys (B, T, K), of length 1, for each head of values: (B, T, H, E). */
  private Tensor ofValueHeads(Tensor x) {
    long B = x.dim(0);
    long T = x.dim(1);
    int E = sizes.keyDim();
    Tensor unit = Ops.l2Norm(x.reshape(B, T, sizes.numKeyHeads(), E), L2_EPS);
    return Ops.repeat(unit, sizes.valuesPerKey()).reshape(B, T, sizes.numValueHeads(), E);
  }
}
