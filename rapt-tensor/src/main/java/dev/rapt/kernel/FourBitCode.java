package dev.rapt.kernel;

/** The sixteen values that codes of 4 bits stand for in formats of bitsandbytes. */
public enum FourBitCode {
  /** Quantiles of the normal distribution, with an exact 0. QLoRA, arXiv:2305.14314, appendix E. */
  NF4(
      -1f,
      -0.6961928f,
      -0.52507305f,
      -0.3949175f,
      -0.28444138f,
      -0.18477343f,
      -0.091050036f,
      0f,
      0.0795803f,
      0.1609302f,
      0.2461123f,
      0.33791524f,
      0.44070983f,
      0.562617f,
      0.72295684f,
      1f),

  /**
   * Floats of 4 bits divided by the largest, 12. bitsandbytes 0.50, functional.py, {@code
   * get_4bit_type}.
   */
  FP4(
      0f,
      0.0625f / 12,
      8f / 12,
      1f,
      4f / 12,
      6f / 12,
      2f / 12,
      3f / 12,
      0f,
      -0.0625f / 12,
      -8f / 12,
      -1f,
      -4f / 12,
      -6f / 12,
      -2f / 12,
      -3f / 12);

  private final float[] table;

  FourBitCode(float... table) {
    this.table = table;
  }

  /** Returns the values by their codes. */
  public float[] table() {
    return table.clone();
  }
}
