package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The input projections of {@link GatedDeltaNet}, in the two layouts of the checkpoints. */
public interface DeltaProjection {
  /**
   * Inputs of the gated delta rule. K and V are the widths of all keys and of all values, H is the
   * number of value heads.
   *
   * @param qkv queries, keys and values (B, T, 2 K + V), before the convolution
   * @param gate z, gate of the output (B, T, V)
   * @param beta logits of the write strength beta (B, T, H)
   * @param steps step sizes of the decay (B, T, H), before bias and softplus
   */
  record Inputs(Tensor qkv, Tensor gate, Tensor beta, Tensor steps) {}

  /** Projects x (B, T, D). */
  Inputs project(Tensor x);

  /** One linear layer each for qkv, z, beta and steps: Qwen3.5. */
  record Separate(Linear qkvProj, Linear gateProj, Linear betaProj, Linear stepProj)
      implements DeltaProjection {
    /** Creates the layers from the parameters of {@code linear_attn} in a checkpoint. */
    public static Separate of(
        GatedDeltaNet.Sizes sizes, long hiddenSize, double std, ParameterSource at) {
      long V = sizes.valueWidth();
      int H = sizes.numValueHeads();
      return new Separate(
          Linear.of(at.at("in_proj_qkv"), hiddenSize, 2L * sizes.keyWidth() + V, false, std),
          Linear.of(at.at("in_proj_z"), hiddenSize, V, false, std),
          Linear.of(at.at("in_proj_b"), hiddenSize, H, false, std),
          Linear.of(at.at("in_proj_a"), hiddenSize, H, false, std));
    }

    @Override
    public Inputs project(Tensor x) {
      return new Inputs(
          qkvProj.forward(x), gateProj.forward(x), betaProj.forward(x), stepProj.forward(x));
    }
  }

  /**
   * Two linear layers whose outputs are grouped by key head: query, key, values and gates of each
   * head in one, beta and steps of each head in the other. Qwen3-Next.
   */
  record Grouped(GatedDeltaNet.Sizes sizes, Linear qkvzProj, Linear baProj)
      implements DeltaProjection {
    /** Creates the layers from the parameters of {@code linear_attn} in a checkpoint. */
    public static Grouped of(
        GatedDeltaNet.Sizes sizes, long hiddenSize, double std, ParameterSource at) {
      long width = 2L * sizes.keyWidth() + 2L * sizes.valueWidth();
      return new Grouped(
          sizes,
          Linear.of(at.at("in_proj_qkvz"), hiddenSize, width, false, std),
          Linear.of(at.at("in_proj_ba"), hiddenSize, 2L * sizes.numValueHeads(), false, std));
    }

    @Override
    public Inputs project(Tensor x) {
      long inner = 2L * sizes.keyWidth() + sizes.valueWidth();
      int H = sizes.numValueHeads();
      Tensor qkvz = Ops.reorderBlocks(qkvzProj.forward(x), queriesFirst());
      Tensor ba = Ops.reorderBlocks(baProj.forward(x), betaFirst()); // (B, T, 2 H)
      return new Inputs(
          Ops.columns(qkvz, 0, inner),
          Ops.columns(qkvz, inner, sizes.valueWidth()),
          Ops.columns(ba, 0, H),
          Ops.columns(ba, H, H));
    }

    /** Order of blocks that puts all queries first, then all keys, all values, all gates. */
    private List<Integer> queriesFirst() {
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

    /** Order of blocks that puts beta of all heads first, then the steps of all heads. */
    private List<Integer> betaFirst() {
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
}
