package dev.rapt.autograd.expert;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;

/**
 * Expert dispatch: the order of the rows that experts process. N tokens, each routed to topK
 * experts, have a row for each token and choice, sorted by expert and then by token.
 */
public final class ExpertDispatch {
  private final int numTokens;
  private final int topK;
  private final int[] offsets;
  private final int[] places;
  private final int[] tokens;

  private ExpertDispatch(int numTokens, int topK, int[] offsets, int[] places, int[] tokens) {
    this.numTokens = numTokens;
    this.topK = topK;
    this.offsets = offsets;
    this.places = places;
    this.tokens = tokens;
  }

  /**
   * Sorts tokens by expert.
   *
   * @param chosen (N, topK) i32, the experts of each token
   * @param numExperts X
   * @throws IllegalArgumentException if an expert is not in [0, numExperts)
   */
  public static ExpertDispatch of(Tensor chosen, int numExperts) {
    chosen.requireType(DType.I32);
    int topK = Math.toIntExact(chosen.lastDim());
    int[] experts = chosen.toInts();
    int[] offsets = new int[numExperts + 1];
    for (int expert : experts) {
      if (expert < 0 || expert >= numExperts) {
        throw new IllegalArgumentException(
            "experts: must be in [0, %d), got %d".formatted(numExperts, expert));
      }
      offsets[expert + 1]++;
    }
    for (int e = 0; e < numExperts; e++) {
      offsets[e + 1] += offsets[e];
    }
    int[] next = offsets.clone();
    int[] places = new int[experts.length];
    int[] tokens = new int[experts.length];
    for (int i = 0; i < experts.length; i++) {
      places[i] = next[experts[i]]++;
      tokens[places[i]] = i / topK;
    }
    return new ExpertDispatch(experts.length / topK, topK, offsets, places, tokens);
  }

  /** N. */
  public int numTokens() {
    return numTokens;
  }

  /** Number of experts for each token. */
  public int topK() {
    return topK;
  }

  /** M = N topK. */
  public int numRows() {
    return places.length;
  }

  /** X. */
  public int numExperts() {
    return offsets.length - 1;
  }

  /** The first row of an expert; the rows of expert e end where those of e + 1 begin. */
  public int from(int expert) {
    return offsets[expert];
  }

  /** The row of the j-th choice of a token. */
  public int place(long token, int j) {
    return places[(int) token * topK + j];
  }

  /** The token of a row. */
  public int token(long row) {
    return tokens[(int) row];
  }
}
