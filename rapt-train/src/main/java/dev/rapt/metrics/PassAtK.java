package dev.rapt.metrics;

/**
 * Probability that one of k programs passes the tests of a problem (Chen et al., Evaluating Large
 * Language Models Trained on Code, arXiv:2107.03374, eq. 1).
 */
public final class PassAtK {
  private PassAtK() {}

  /**
   * Returns the unbiased estimate from n samples, of which c pass: 1 - C(n - c, k) / C(n, k).
   *
   * @param n samples, at least k
   * @param c samples that pass, from 0 to n
   * @param k at least 1
   */
  public static double estimate(int n, int c, int k) {
    if (k < 1 || n < k || c < 0 || c > n) {
      throw new IllegalArgumentException(
          "pass@k: must have 1 <= k <= n and 0 <= c <= n, got n = %d, c = %d, k = %d"
              .formatted(n, c, k));
    }
    double none = 1;
    for (int i = n - c + 1; i <= n; i++) {
      none *= Math.max(0, 1 - (double) k / i);
    }
    return 1 - none;
  }
}
