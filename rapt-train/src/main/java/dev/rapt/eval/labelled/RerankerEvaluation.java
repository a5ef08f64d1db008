package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.RankingScore;
import dev.rapt.text.Reranker;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;

/**
 * Ranking of the passages of each query by their relevance: NDCG at 10, reciprocal rank at 10 and
 * average precision, means over the queries that have a relevant passage.
 */
final class RerankerEvaluation implements LabelledEvaluation {
  private static final int BEST = 10;

  @Override
  public String name() {
    return "rank";
  }

  @Override
  public Set<String> columns() {
    return Set.of("query", "passage", "label");
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.rows();
    Example first = examples.getFirst();
    String query = first.column("query", file.columns(), Columns.QUERY);
    String passage = first.column("passage", file.columns(), Columns.PASSAGE);
    String label = first.column("label", file.columns(), Columns.LABEL);
    Map<String, List<Example>> byQuery = new LinkedHashMap<>();
    for (Example example : examples) {
      byQuery.computeIfAbsent(example.text(query), _ -> new ArrayList<>()).add(example);
    }
    byQuery.values().removeIf(rows -> rows.stream().noneMatch(row -> row.number(label) > 0));
    if (byQuery.isEmpty()) {
      throw first.error(
          "must have passages with \"%s\" above 0 in the file, got none".formatted(label));
    }
    int numQueries = byQuery.size();
    double[] ndcg = new double[numQueries];
    double[] reciprocal = new double[numQueries];
    double[] precision = new double[numQueries];
    List<TaskResult.Sample> samples = new ArrayList<>();
    try (Reranker model = Reranker.load(folder)) {
      for (Map.Entry<String, List<Example>> entry : byQuery.entrySet()) {
        List<Example> rows = entry.getValue();
        double[] scores = new double[rows.size()];
        model
            .rank(entry.getKey(), rows.stream().map(row -> row.text(passage)).toList())
            .forEach(ranked -> scores[ranked.index()] = ranked.score());
        double[] gains = rows.stream().mapToDouble(row -> row.number(label)).toArray();
        boolean[] relevant = new boolean[gains.length];
        for (int i = 0; i < gains.length; i++) {
          relevant[i] = gains[i] > 0;
        }
        ndcg[samples.size()] = RankingScore.ndcg(scores, gains, BEST);
        reciprocal[samples.size()] = RankingScore.reciprocalRank(scores, relevant, BEST);
        precision[samples.size()] = RankingScore.averagePrecision(scores, relevant);
        samples.add(
            new TaskResult.Sample(
                rows.getFirst().file().toString(),
                rows.getFirst().line(),
                List.of(),
                Arrays.toString(scores),
                rows.stream().map(row -> row.text(label)).toList()));
        progress.accept((double) samples.size() / numQueries);
      }
    }
    List<Figure> figures =
        List.of(
            Figure.mean("ndcg_at_10", true, ndcg),
            Figure.mean("mrr_at_10", true, reciprocal),
            Figure.mean("map", true, precision));
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }
}
