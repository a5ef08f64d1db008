package dev.rapt.model.qwen;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.HeadNorm;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.nn.Rope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Self-attention whose result is multiplied by sigmoids: arXiv:2505.06708.
 *
 * @param qProj queries and gates, E of each for one head after the other
 */
record GatedAttention(
    Linear qProj,
    Linear kProj,
    Linear vProj,
    HeadNorm qNorm,
    HeadNorm kNorm,
    Rope rope,
    Attention attention,
    Linear oProj,
    DecoderSizes sizes)
    implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    int H = sizes.numHeads();
    int G = sizes.numKvHeads();
    int E = sizes.headDim();
    long width = (long) H * E;
    List<Integer> queriesFirst = new ArrayList<>();
    for (int i = 0; i < 2 * H; i++) {
      queriesFirst.add(i < H ? 2 * i : 2 * (i - H) + 1);
    }
    Tensor both = Ops.reorderBlocks(qProj.forward(x), queriesFirst); // (B, T, 2 H E)
    Tensor attended =
        attention.forward(
            qNorm.forward(Heads.of(Ops.columns(both, 0, width), H, E)),
            kNorm.forward(Heads.of(kProj.forward(x), G, E)),
            Heads.of(vProj.forward(x), G, E),
            pass.rotation(rope),
            pass); // (B, T, H E)
    Tensor gates = Ops.columns(both, width, width);
    return oProj.forward(Ops.gate(gates, attended, Activation.SIGMOID));
  }
}
