package dev.rapt.eval.likelihood;

import java.util.Arrays;

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

  /** Returns the softmax of log-likelihoods: the share of each in the probability of all. */
  public static double[] shares(double... logProbs) {
    double largest = Arrays.stream(logProbs).max().orElse(0);
    double[] shares = new double[logProbs.length];
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.exp(logProbs[i] - largest);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }
}
