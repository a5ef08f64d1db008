package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Gated attention: self-attention with QK-norm whose output is multiplied by sigmoid gates, which
 * the query projection computes together with the queries. arXiv:2505.06708, section 2.
 *
 * @param qProj projection to (B, T, 2 H E): for each head its query (E), then its gate (E)
 * @param numHeads H
 * @param numKvHeads G
 * @param headDim E
 */
public record GatedAttention(
    Linear qProj,
    Linear kProj,
    Linear vProj,
    HeadNorm qNorm,
    HeadNorm kNorm,
    Rope rope,
    Attention attention,
    Linear oProj,
    int numHeads,
    int numKvHeads,
    int headDim)
    implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    if (pass.isRagged() && rope.dependsOnLength()) {
      return pass.eachSequence(x, this::forward);
    }
    int H = numHeads;
    int G = numKvHeads;
    int E = headDim;
    long width = (long) H * E;
    List<Integer> queriesFirst = new ArrayList<>();
    for (int i = 0; i < 2 * H; i++) {
      queriesFirst.add(i < H ? 2 * i : 2 * (i - H) + 1);
    }
    Tensor qGates = Ops.reorderBlocks(qProj.forward(x), queriesFirst); // (B, T, 2 H E)
    Tensor attended =
        attention.forward(
            qNorm.forward(Heads.of(Ops.columns(qGates, 0, width), H, E)),
            kNorm.forward(Heads.of(kProj.forward(x), G, E)),
            Heads.of(vProj.forward(x), G, E),
            pass.value(rope),
            pass); // (B, T, H E)
    Tensor gates = Ops.columns(qGates, width, width);
    return oProj.forward(Ops.gate(gates, attended, Activation.SIGMOID));
  }
}
