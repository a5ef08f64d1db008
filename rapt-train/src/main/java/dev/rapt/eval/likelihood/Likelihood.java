package dev.rapt.eval.likelihood;

/**
 * The likelihood of a continuation.
 *
 * @param logProb sum of the log-probabilities of its tokens, in nats
 * @param numTokens number of its tokens
 * @param isGreedy whether each of its tokens is the most likely one
 */
public record Likelihood(double logProb, int numTokens, boolean isGreedy) {
  /** Returns the mean log-probability of a token, in nats. */
  public double perToken() {
    return logProb / numTokens;
  }
}
