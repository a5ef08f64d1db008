package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;

/**
 * Sizes of linear attention by the gated delta rule.
 *
 * @param numKeyHeads heads of queries and keys
 * @param numValueHeads heads of values, a multiple of the heads of keys
 * @param keyDim width of a head of keys
 * @param valueDim width of a head of values
 * @param kernelSize positions that the convolution sees
 */
public record DeltaSizes(
    int numKeyHeads, int numValueHeads, int keyDim, int valueDim, int kernelSize) {
  static DeltaSizes parse(ConfigReader json) {
    int keyHeads = json.intOr("linear_num_key_heads", 16, 1, 1 << 16);
    int valueHeads = json.intOr("linear_num_value_heads", 32, 1, 1 << 16);
    if (valueHeads % keyHeads != 0) {
      throw json.error(
          "linear_num_value_heads",
          "must be a multiple of linear_num_key_heads, got %d and %d"
              .formatted(valueHeads, keyHeads));
    }
    return new DeltaSizes(
        keyHeads,
        valueHeads,
        json.intOr("linear_key_head_dim", 128, 1, 1 << 16),
        json.intOr("linear_value_head_dim", 128, 1, 1 << 16),
        json.intOr("linear_conv_kernel_dim", 4, 1, 1 << 16));
  }

  /** Width of all queries, and of all keys. */
  int keyWidth() {
    return numKeyHeads * keyDim;
  }

  /** Width of all values. */
  int valueWidth() {
    return numValueHeads * valueDim;
  }

  /** Heads of values that share a head of keys. */
  int valuesPerKey() {
    return numValueHeads / numKeyHeads;
  }
}
