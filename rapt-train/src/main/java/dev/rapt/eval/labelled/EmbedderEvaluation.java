package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.RetrievalScore;
import dev.rapt.text.TextEmbedder;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Vectors of texts. Pairs with a score: correlation of the similarity of the vectors with the
 * score. Pairs alone: each first text searches its second text among all second texts.
 */
final class EmbedderEvaluation implements LabelledEvaluation {
  private static final int TEXTS = 64;

  @Override
  public String name() {
    return "embed";
  }

  @Override
  public Set<String> columns() {
    return Set.of("first", "second", "score");
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.rows();
    Example example = examples.getFirst();
    String first = example.column("first", file.columns(), Columns.FIRST);
    String second = example.column("second", file.columns(), Columns.SECOND);
    boolean isScored =
        file.columns().containsKey("score") || Columns.SCORE.stream().anyMatch(example::has);
    String score = isScored ? example.column("score", file.columns(), Columns.SCORE) : "";
    double[] expected =
        isScored
            ? examples.stream().mapToDouble(each -> each.number(score)).toArray()
            : new double[0];
    List<String> queries = examples.stream().map(each -> each.text(first)).toList();
    List<String> others = examples.stream().map(each -> each.text(second)).toList();
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      String ofQueries = isScored ? model.prompts().byDefault() : model.prompts().get("query");
      String ofOthers = isScored ? model.prompts().byDefault() : model.prompts().get("document");
      Map<String, float[]> left =
          vectors(model, queries, ofQueries, share -> progress.accept(share / 2));
      Map<String, float[]> right =
          vectors(model, others, ofOthers, share -> progress.accept((1 + share) / 2));
      if (!isScored) {
        return retrieval(model, file, examples, queries, others, left, right);
      }
      double[] found = new double[expected.length];
      for (int i = 0; i < found.length; i++) {
        found[i] = model.similarity().of(of(left, queries.get(i)), of(right, others.get(i)));
      }
      return new TaskResult(
          file.name(),
          "",
          "none",
          0,
          RegressorEvaluation.correlations(found, expected),
          RegressorEvaluation.samples(examples, found, score));
    }
  }

  /** Returns the vector of each text. */
  private static Map<String, float[]> vectors(
      TextEmbedder model, List<String> texts, String prompt, DoubleConsumer progress) {
    List<String> different = texts.stream().distinct().toList();
    Map<String, float[]> vectors = new LinkedHashMap<>();
    for (int from = 0; from < different.size(); from += TEXTS) {
      List<String> part = different.subList(from, Math.min(different.size(), from + TEXTS));
      List<TextEmbedder.Embedded> embedded = model.embed(part, prompt);
      for (int i = 0; i < part.size(); i++) {
        vectors.put(part.get(i), embedded.get(i).vector());
      }
      progress.accept((double) vectors.size() / different.size());
    }
    return vectors;
  }

  private static float[] of(Map<String, float[]> vectors, String text) {
    return Objects.requireNonNull(vectors.get(text));
  }

  private static TaskResult retrieval(
      TextEmbedder model,
      LabelledFile file,
      List<Example> examples,
      List<String> queries,
      List<String> others,
      Map<String, float[]> left,
      Map<String, float[]> right) {
    List<RetrievalScore> scores = new ArrayList<>();
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      float[] query = of(left, queries.get(i));
      double wanted = model.similarity().of(query, of(right, others.get(i)));
      int rank = 1;
      for (float[] other : right.values()) {
        rank += model.similarity().of(query, other) > wanted ? 1 : 0;
      }
      RetrievalScore score = new RetrievalScore();
      score.add(rank);
      scores.add(score);
      samples.add(
          new TaskResult.Sample(
              examples.get(i).file().toString(),
              examples.get(i).line(),
              List.of(),
              "rank " + rank,
              List.of("rank 1")));
    }
    List<Figure> figures =
        List.of(
            figure("accuracy_at_1", scores, RetrievalScore::accuracyAt1),
            figure("mrr_at_10", scores, RetrievalScore::mrrAt10),
            figure("ndcg_at_10", scores, RetrievalScore::ndcgAt10),
            figure("recall_at_10", scores, RetrievalScore::recallAt10));
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }

  private static Figure figure(
      String name, List<RetrievalScore> scores, ToDoubleFunction<RetrievalScore> value) {
    return Figure.mean(name, true, scores.stream().mapToDouble(value).toArray());
  }
}
