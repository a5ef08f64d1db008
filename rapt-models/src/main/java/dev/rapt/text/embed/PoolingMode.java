package dev.rapt.text.embed;

/**
 * How the hidden states of a text's tokens become one vector, as the module Pooling of
 * sentence-transformers has it.
 */
public enum PoolingMode {
  /** The first token. */
  CLS("cls", "pooling_mode_cls_token"),
  /** The largest value of each component. */
  MAX("max", "pooling_mode_max_tokens"),
  /** The mean. */
  MEAN("mean", "pooling_mode_mean_tokens"),
  /** The sum, divided by the square root of the number of tokens. */
  MEAN_SQRT_LEN("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
  /** The mean, weighted by the positions 1, 2, ... */
  WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
  /** The last token. */
  LAST_TOKEN("lasttoken", "pooling_mode_lasttoken");

  private final String label;
  private final String flag;

  PoolingMode(String label, String flag) {
    this.label = label;
    this.flag = flag;
  }

  /** Returns the name in the files of release 5.4 and later. */
  String label() {
    return label;
  }

  /** Returns the key that is true in the files of earlier releases. */
  String flag() {
    return flag;
  }
}
