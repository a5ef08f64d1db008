package dev.rapt.model.qwen;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.CausalConv;
import dev.rapt.nn.Decay;
import dev.rapt.nn.Init;
import dev.rapt.nn.KvCache;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Linear attention whose memory forgets by a gate and corrects what it holds: Gated DeltaNet,
 * arXiv:2412.06464, with the projections of Qwen3-Next, which lie by heads of keys.
 */
record GatedDeltaNet(
    int layer,
    DeltaSizes sizes,
    Activation activation,
    Linear qkvzProj,
    Linear baProj,
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
      Activation f,
      float eps,
      ParameterSource at) {
    int D = model.hiddenSize();
    long K = sizes.keyWidth();
    long V = sizes.valueWidth();
    int H = sizes.numValueHeads();
    double std = model.initStd();
    return new GatedDeltaNet(
        layer,
        sizes,
        f,
        Linear.of(at.at("in_proj_qkvz"), D, 2 * K + 2 * V, false, std),
        Linear.of(at.at("in_proj_ba"), D, 2L * H, false, std),
        CausalConv.of(layer, at.at("conv1d"), 2 * K + V, sizes.kernelSize(), false),
        at.get("dt_bias", Init.ONES, H),
        Decay.of(at, "A_log", H),
        Norm.RmsNorm.of(at.at("norm"), sizes.valueDim(), eps),
        Linear.of(at.at("out_proj"), V, D, false, model.residualStd()));
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    long B = x.dim(0);
    long T = x.dim(1);
    int H = sizes.numValueHeads();
    int K = sizes.keyWidth();
    int V = sizes.valueWidth();
    Tensor seen = pass.withoutPadding(x);
    Tensor qkvz = Ops.reorderBlocks(qkvzProj.forward(seen), partsFirst());
    Tensor ba = Ops.reorderBlocks(baProj.forward(seen), gatesFirst()); // (B, T, 2 H)
    Tensor mixed = Ops.activate(conv.forward(Ops.columns(qkvz, 0, 2L * K + V), pass), activation);
    Tensor steps = Ops.add(Ops.columns(ba, H, H), dtBias.value());
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
            Ops.activate(Ops.columns(ba, 0, H), Activation.SIGMOID),
            cache == null ? null : cache.state(layer, MEMORY_SITE)); // (B, T, H, V / H)
    if (cache != null) {
      cache.keepState(layer, MEMORY_SITE, memory.state());
    }
    Tensor read = norm.forward(memory.out()).reshape(B, T, V);
    Tensor gate = Ops.columns(qkvz, 2L * K + V, V);
    return outProj.forward(Ops.gate(gate, read, Activation.SILU));
  }

  /** Heads of queries or keys (B, T, K), of length 1, for each head of values: (B, T, H, E). */
  private Tensor ofValueHeads(Tensor x) {
    long B = x.dim(0);
    long T = x.dim(1);
    int E = sizes.keyDim();
    Tensor unit = Ops.l2Norm(x.reshape(B, T, sizes.numKeyHeads(), E), L2_EPS);
    return Ops.repeat(unit, sizes.valuesPerKey()).reshape(B, T, sizes.numValueHeads(), E);
  }

  /** From query, key, values and gates of each head of keys to all queries, all keys, ... */
  private List<Integer> partsFirst() {
    int unit = greatestCommonDivisor(sizes.keyDim(), sizes.valuesPerKey() * sizes.valueDim());
    int keyBlocks = sizes.keyDim() / unit;
    int valueBlocks = sizes.valuesPerKey() * sizes.valueDim() / unit;
    int headBlocks = 2 * (keyBlocks + valueBlocks);
    int[] from = {0, keyBlocks, 2 * keyBlocks, 2 * keyBlocks + valueBlocks};
    int[] count = {keyBlocks, keyBlocks, valueBlocks, valueBlocks};
    List<Integer> order = new ArrayList<>();
    for (int part = 0; part < from.length; part++) {
      for (int head = 0; head < sizes.numKeyHeads(); head++) {
        for (int i = 0; i < count[part]; i++) {
          order.add(head * headBlocks + from[part] + i);
        }
      }
    }
    return order;
  }

  /** From strengths and steps of each head of keys to all strengths, then all steps. */
  private List<Integer> gatesFirst() {
    int heads = sizes.numKeyHeads();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 2 * heads; i++) {
      order.add(i < heads ? 2 * i : 2 * (i - heads) + 1);
    }
    return order;
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
