package dev.rapt.metrics;

import java.util.Arrays;

/**
 * Measures of retrieval over the queries of a collection, each with a ranking of the same
 * documents: accuracy at 1, mean reciprocal rank, normalised discounted cumulative gain and recall
 * of the first ten, with binary relevance. Manning, Raghavan and Schütze, Introduction to
 * Information Retrieval, sections 8.4 and 8.5.
 */
public final class RetrievalScore {
  private static final int FIRST = 10;

  private long queries;
  private double firstIsRelevant;
  private double reciprocalRanks;
  private double gains;
  private double recalls;

  /** Creates an empty score. */
  public RetrievalScore() {}

  /**
   * Counts a query.
   *
   * @param ranks rank of each relevant document, counted from 1; at least one
   */
  public void add(int... ranks) {
    if (ranks.length == 0) {
      throw new IllegalArgumentException(
          "retrieval: a query must have a relevant document, got none");
    }
    int best = Arrays.stream(ranks).min().orElseThrow();
    queries++;
    firstIsRelevant += best == 1 ? 1 : 0;
    reciprocalRanks += best <= FIRST ? 1.0 / best : 0;
    gains +=
        Arrays.stream(ranks).filter(rank -> rank <= FIRST).mapToDouble(RetrievalScore::gain).sum()
            / ideal(ranks.length);
    recalls += (double) Arrays.stream(ranks).filter(rank -> rank <= FIRST).count() / ranks.length;
  }

  private static double gain(int rank) {
    return Math.log(2) / Math.log(rank + 1.0);
  }

  private static double ideal(int relevant) {
    double sum = 0;
    for (int rank = 1; rank <= Math.min(FIRST, relevant); rank++) {
      sum += gain(rank);
    }
    return sum;
  }

  /** Returns the share of queries whose first document is relevant. */
  public double accuracyAt1() {
    return firstIsRelevant / queries;
  }

  /** Returns the mean over queries of 1 / rank of the first relevant document, 0 beyond ten. */
  public double mrrAt10() {
    return reciprocalRanks / queries;
  }

  /** Returns the mean over queries of the discounted gain of ten, relative to the best possible. */
  public double ndcgAt10() {
    return gains / queries;
  }

  /** Returns the mean over queries of the share of relevant documents among the first ten. */
  public double recallAt10() {
    return recalls / queries;
  }
}
