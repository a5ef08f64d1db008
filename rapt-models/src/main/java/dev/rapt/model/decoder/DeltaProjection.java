package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What the gated delta rule reads of the stream, in the layouts that checkpoints have. */
interface DeltaProjection {
  /**
   * What was projected; H is the number of heads of values.
   *
   * @param qkv queries, keys and values (B, T, 2 K + V), before the convolution
   * @param gate of the result (B, T, V)
   * @param strengths logits (B, T, H) of how much is corrected
   * @param steps (B, T, H) that say how much is forgotten
   */
  record Parts(Tensor qkv, Tensor gate, Tensor strengths, Tensor steps) {}

  /** Projects x (B, T, D). */
  Parts project(Tensor x);

  /** A layer for each: Qwen3.5. */
  record Separate(Linear qkvProj, Linear gateProj, Linear strengthProj, Linear stepProj)
      implements DeltaProjection {
    static Separate of(DeltaSizes sizes, long hiddenSize, double std, ParameterSource at) {
      long V = sizes.valueWidth();
      int H = sizes.numValueHeads();
      return new Separate(
          Linear.of(at.at("in_proj_qkv"), hiddenSize, 2L * sizes.keyWidth() + V, false, std),
          Linear.of(at.at("in_proj_z"), hiddenSize, V, false, std),
          Linear.of(at.at("in_proj_b"), hiddenSize, H, false, std),
          Linear.of(at.at("in_proj_a"), hiddenSize, H, false, std));
    }

    @Override
    public Parts project(Tensor x) {
      return new Parts(
          qkvProj.forward(x), gateProj.forward(x), strengthProj.forward(x), stepProj.forward(x));
    }
  }

  /**
   * Two layers whose output lies by heads of keys: query, key, values and gates of each; strengths
   * and steps of each. Qwen3-Next.
   */
  record Grouped(DeltaSizes sizes, Linear qkvzProj, Linear baProj) implements DeltaProjection {
    static Grouped of(DeltaSizes sizes, long hiddenSize, double std, ParameterSource at) {
      long width = 2L * sizes.keyWidth() + 2L * sizes.valueWidth();
      return new Grouped(
          sizes,
          Linear.of(at.at("in_proj_qkvz"), hiddenSize, width, false, std),
          Linear.of(at.at("in_proj_ba"), hiddenSize, 2L * sizes.numValueHeads(), false, std));
    }

    @Override
    public Parts project(Tensor x) {
      long inner = 2L * sizes.keyWidth() + sizes.valueWidth();
      int H = sizes.numValueHeads();
      Tensor qkvz = Ops.reorderBlocks(qkvzProj.forward(x), partsFirst());
      Tensor ba = Ops.reorderBlocks(baProj.forward(x), gatesFirst()); // (B, T, 2 H)
      return new Parts(
          Ops.columns(qkvz, 0, inner),
          Ops.columns(qkvz, inner, sizes.valueWidth()),
          Ops.columns(ba, 0, H),
          Ops.columns(ba, H, H));
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
}
