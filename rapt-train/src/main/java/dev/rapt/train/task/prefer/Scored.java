package dev.rapt.train.task.prefer;

/**
 * An answer as a model scores it.
 *
 * @param logProb sum of the log-probabilities of its tokens, in nats
 * @param reference the sum under the reference model; 0 where there is none
 * @param tokens number of its tokens
 */
record Scored(double logProb, double reference, int tokens) {
  /** Returns the log-ratio of the model to the reference. */
  double ratio() {
    return logProb - reference;
  }

  /** Returns the mean log-probability of a token. */
  double mean() {
    return logProb / tokens;
  }
}
