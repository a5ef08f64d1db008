package dev.rapt.nn.attention;

/**
 * ALiBi, attention with linear biases: each score is lowered by the distance between query and key
 * times a slope, which differs between heads. arXiv:2108.12409.
 */
public final class Alibi {
  private Alibi() {}

  /**
   * Returns the slope of each head: powers of 2^(-8/H) when H is a power of two; otherwise the
   * slopes for the next lower power of two, followed by every second slope for the next higher one,
   * as in the authors' code.
   */
  public static float[] slopes(int numHeads) {
    int below = Integer.highestOneBit(numHeads);
    float[] slopes = new float[numHeads];
    for (int i = 0; i < below; i++) {
      slopes[i] = (float) Math.pow(2, -8.0 * (i + 1) / below);
    }
    for (int i = below; i < numHeads; i++) {
      slopes[i] = (float) Math.pow(2, -4.0 * (2 * (i - below) + 1) / below);
    }
    return slopes;
  }
}
