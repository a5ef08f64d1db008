package dev.rapt.train.task.sequence;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.metrics.RankingScore;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How relevant a passage is to a query, learnt by binary cross entropy, as BinaryCrossEntropyLoss
 * of sentence-transformers does.
 */
record Relevance() implements TextProblem<Relevance.Judged> {
  private static final int FIRST_RANKS = 10;
  private static final double RELEVANT = 0.5;

  /**
   * A judged passage.
   *
   * @param query the query
   * @param score its relevance, from 0 to 1
   */
  record Judged(String query, float score) {
    boolean isRelevant() {
      return score >= RELEVANT;
    }
  }

  /** Passages of a query. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Ranked(double[] scores, double[] gains, boolean[] relevant) {
    static Ranked of(List<Judged> judged, List<float[]> logits, List<Integer> rows) {
      Ranked ranked =
          new Ranked(new double[rows.size()], new double[rows.size()], new boolean[rows.size()]);
      for (int i = 0; i < rows.size(); i++) {
        ranked.scores[i] = logits.get(rows.get(i))[0];
        ranked.gains[i] = judged.get(rows.get(i)).score();
        ranked.relevant[i] = judged.get(rows.get(i)).isRelevant();
      }
      return ranked;
    }
  }

  @Override
  public Tensor loss(Tensor logits, List<Judged> targets, double denominator) {
    float[] values = new float[targets.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = targets.get(i).score();
    }
    Tensor wanted = logits.scope().floats(values, values.length, 1);
    return Losses.binaryCrossEntropy(logits, wanted, null, denominator);
  }

  @Override
  public Scores measure(List<Judged> targets, List<float[]> logits) {
    Map<String, List<Integer>> byQuery = new LinkedHashMap<>();
    List<Integer> all = new ArrayList<>();
    long right = 0;
    for (int i = 0; i < targets.size(); i++) {
      byQuery.computeIfAbsent(targets.get(i).query(), _ -> new ArrayList<>()).add(i);
      all.add(i);
      right += logits.get(i)[0] >= 0 == targets.get(i).isRelevant() ? 1 : 0;
    }
    Ranked whole = Ranked.of(targets, logits, all);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(
        "average_precision", RankingScore.averagePrecision(whole.scores(), whole.relevant()));
    metrics.put("accuracy", (double) right / targets.size());
    if (byQuery.size() == targets.size()) {
      return Scores.plain(metrics, "average_precision");
    }
    List<Ranked> queries =
        byQuery.values().stream().map(rows -> Ranked.of(targets, logits, rows)).toList();
    metrics.put(
        "mrr_at_10",
        mean(queries, q -> RankingScore.reciprocalRank(q.scores, q.relevant, FIRST_RANKS)));
    metrics.put(
        "ndcg_at_10", mean(queries, q -> RankingScore.ndcg(q.scores, q.gains, FIRST_RANKS)));
    return new Scores(
        metrics,
        "ndcg_at_10",
        List.of("%d held-out queries".formatted(queries.size())),
        Map.of("queries", queries.size()));
  }

  private static double mean(List<Ranked> queries, ToDoubleFunction<Ranked> metric) {
    return queries.stream().mapToDouble(metric).average().orElse(0);
  }

  @Override
  public String summary() {
    return "a relevance for each";
  }
}
