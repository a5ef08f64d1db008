package dev.rapt.nn.attention;

/**
 * Attention with linear biases: a penalty for distance, steeper in some heads. arXiv:2108.12409.
 */
public final class Alibi {
  private Alibi() {}

  /**
   * The slope of each head: powers of 2^(-8/H) when H is a power of two; otherwise those of the
   * power below, followed by every second one of the power above, as the authors' code does.
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
