package dev.rapt.train.noise;

import dev.rapt.train.random.Draws;

/**
 * Fill-in-the-middle for causal language models (arXiv:2207.14255, section 3): a text is cut at two
 * random places, and its middle moves to the end, so that a left-to-right model learns to fill a
 * gap. The loss stays that of the next token, at all positions.
 *
 * <pre>
 * PSM   prefixId prefix suffixId suffix middleId middle
 * SPM   prefixId suffixId suffix middleId prefix middle
 * </pre>
 *
 * @param rate probability that a text is rearranged; 0.5 to 0.9 in the paper
 * @param spmRate probability of SPM among rearranged texts; 0.5 in the paper
 * @param prefixId token before the prefix
 * @param suffixId token before the suffix
 * @param middleId token before the middle
 */
public record FillInTheMiddle(
    double rate, double spmRate, int prefixId, int suffixId, int middleId) {
  /** Number of tokens that a rearranged text has more. */
  public static final int ADDED = 3;

  /** Checks the rates. */
  public FillInTheMiddle {
    if (!(rate >= 0 && rate <= 1 && spmRate >= 0 && spmRate <= 1)) {
      throw new IllegalArgumentException(
          "fill-in-the-middle: rates must be between 0 and 1, got %s and %s"
              .formatted(rate, spmRate));
    }
  }

  /** Returns the text, or the text rearranged. */
  public int[] apply(int[] tokens, Draws draws) {
    if (!draws.happens(rate)) {
      return tokens.clone();
    }
    int a = draws.below(tokens.length + 1), b = draws.below(tokens.length + 1);
    int from = Math.min(a, b), to = Math.max(a, b);
    boolean spm = draws.happens(spmRate);
    int[] result = new int[tokens.length + ADDED];
    int at = 0;
    result[at++] = prefixId;
    if (!spm) {
      at = copy(tokens, 0, from, result, at);
    }
    result[at++] = suffixId;
    at = copy(tokens, to, tokens.length, result, at);
    result[at++] = middleId;
    if (spm) {
      at = copy(tokens, 0, from, result, at);
    }
    copy(tokens, from, to, result, at);
    return result;
  }

  private static int copy(int[] tokens, int from, int to, int[] result, int at) {
    System.arraycopy(tokens, from, result, at, to - from);
    return at + to - from;
  }
}
