package dev.rapt.metrics;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Metrics of documents that are ranked by score. */
public final class RankingScore {
  private RankingScore() {}

  /**
   * Returns the average precision: the mean over the relevant documents of the precision among all
   * documents with at least their score, as scikit-learn computes it; 0 without relevant documents.
   */
  public static double averagePrecision(double[] scores, boolean[] relevant) {
    int[] order = best(scores);
    double sum = 0;
    long found = 0;
    for (int from = 0; from < order.length; ) {
      int to = endOfTie(scores, order, from);
      long inTie = IntStream.range(from, to).filter(i -> relevant[order[i]]).count();
      found += inTie;
      sum += inTie * (double) found / to;
      from = to;
    }
    return found == 0 ? 0 : sum / found;
  }

  /**
   * Returns the reciprocal rank of the best relevant document, 0 if it is not among the first k.
   * Documents of equal score count as ranked before it.
   */
  public static double reciprocalRank(double[] scores, boolean[] relevant, int k) {
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      best = relevant[i] ? Math.max(best, scores[i]) : best;
    }
    int rank = 1;
    for (int i = 0; i < scores.length; i++) {
      rank += !relevant[i] && scores[i] >= best ? 1 : 0;
    }
    return best == Double.NEGATIVE_INFINITY || rank > k ? 0 : 1.0 / rank;
  }

  /**
   * Returns the normalised discounted cumulative gain of the first k documents; documents of equal
   * score share the mean of their gains; 0 if no document has a gain. Järvelin and Kekäläinen,
   * Cumulated gain-based evaluation of IR techniques, 2002, with the logarithm to base 2 of the
   * rank plus 1, as in scikit-learn.
   *
   * @param gains relevance of each document, at least 0
   */
  public static double ndcg(double[] scores, double[] gains, int k) {
    double ideal = discounted(gains, gains, k);
    return ideal == 0 ? 0 : discounted(scores, gains, k) / ideal;
  }

  private static double discounted(double[] scores, double[] gains, int k) {
    int[] order = best(scores);
    double sum = 0;
    for (int from = 0; from < Math.min(k, order.length); ) {
      int to = endOfTie(scores, order, from);
      double gain = IntStream.range(from, to).mapToDouble(i -> gains[order[i]]).average().orElse(0);
      for (int rank = from + 1; rank <= Math.min(k, to); rank++) {
        sum += gain * Math.log(2) / Math.log(rank + 1);
      }
      from = to;
    }
    return sum;
  }

  /** Indices of the documents, best first. */
  private static int[] best(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int endOfTie(double[] scores, int[] order, int from) {
    int to = from + 1;
    while (to < order.length && scores[order[to]] == scores[order[from]]) {
      to++;
    }
    return to;
  }
}
