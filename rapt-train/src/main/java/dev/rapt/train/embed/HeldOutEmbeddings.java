package dev.rapt.train.embed;

import dev.rapt.metrics.Correlation;
import dev.rapt.metrics.RetrievalScore;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.batch.TextBatch.Text;
import dev.rapt.train.objective.Forward;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Measures an embedder on held-out examples. Scored pairs give the correlation of the cosines with
 * the scores; pairs and triplets the retrieval of each anchor's positives among all positives, and
 * the share of negatives that are less similar to the anchor than its positive. With Matryoshka
 * sizes, also of vectors cut to each size.
 */
public final class HeldOutEmbeddings implements Evaluator {
  /** Queries whose similarities to all documents are in memory at a time. */
  private static final int QUERIES = 256;

  private final EmbeddingObjective objective;
  private final List<EmbeddingExample> rows;
  private final int batchSize;
  private final int padId;
  private List<String> details = List.of();
  private Map<String, Object> figures = Map.of();

  /**
   * Prepares the evaluation.
   *
   * @param rows the held-out examples
   * @param batchSize texts that are run together
   */
  public HeldOutEmbeddings(
      EmbeddingObjective objective, List<EmbeddingExample> rows, int batchSize, int padId) {
    this.objective = objective;
    this.rows = rows;
    this.batchSize = batchSize;
    this.padId = padId;
  }

  /** Returns the metrics of the last evaluation at each Matryoshka size, as a table. */
  public List<String> details() {
    return details;
  }

  /** Returns them by their names in JSON. */
  public Map<String, Object> figures() {
    return figures;
  }

  @Override
  public Measurement measure() {
    boolean isScored = objective.loss().kind().isScored();
    Set<Text> anchors = new LinkedHashSet<>(), others = new LinkedHashSet<>();
    for (EmbeddingExample row : rows) {
      anchors.add(row.anchor());
      others.add(row.positive());
      others.addAll(row.negatives());
    }
    Map<Text, float[]> ofAnchors = vectors(anchors, objective.sides().anchor());
    Map<Text, float[]> ofOthers = vectors(others, objective.sides().other());
    Map<String, Double> metrics = metrics(isScored, ofAnchors, ofOthers, Integer.MAX_VALUE);
    String deciding = isScored ? "spearman" : "ndcg_at_10";
    List<String> table = new ArrayList<>();
    List<Map<String, Object>> sizes = new ArrayList<>();
    Map<String, Double> all = new LinkedHashMap<>(metrics);
    for (int size : objective.loss().sizes()) {
      Map<String, Double> cut = metrics(isScored, ofAnchors, ofOthers, size);
      all.put("%s_of_%d".formatted(deciding, size), cut.get(deciding));
      table.add(line(Integer.toString(size), cut));
      Map<String, Object> ofSize = new LinkedHashMap<>();
      ofSize.put("size", size);
      ofSize.putAll(cut);
      sizes.add(ofSize);
    }
    if (!table.isEmpty()) {
      table.addFirst(head(metrics));
    }
    details = List.copyOf(table);
    figures = sizes.isEmpty() ? Map.of() : Map.of("sizes", sizes);
    return loss(ofAnchors, ofOthers, all, deciding);
  }

  private static String head(Map<String, Double> metrics) {
    StringBuilder line = new StringBuilder("%8s".formatted("size"));
    metrics.keySet().forEach(name -> line.append("  %16s".formatted(name)));
    return line.toString();
  }

  private static String line(String size, Map<String, Double> metrics) {
    StringBuilder line = new StringBuilder("%8s".formatted(size));
    metrics.values().forEach(value -> line.append(String.format(Locale.ROOT, "  %16.4f", value)));
    return line.toString();
  }

  private Map<Text, float[]> vectors(Collection<Text> texts, int promptTokens) {
    List<Text> sorted = new ArrayList<>(texts);
    sorted.sort(Comparator.comparingInt((Text text) -> text.ids().length).reversed());
    Map<Text, float[]> vectors = new LinkedHashMap<>();
    for (int from = 0; from < sorted.size(); from += batchSize) {
      List<Text> part = sorted.subList(from, Math.min(sorted.size(), from + batchSize));
      try (Scope scope = objective.model().encoder().scope().child()) {
        float[][] measured =
            objective
                .model()
                .measured(TextBatch.of(part, padId), promptTokens, Forward.evaluation(scope, 1));
        IntStream.range(0, measured.length).forEach(i -> vectors.put(part.get(i), measured[i]));
      }
    }
    return vectors;
  }

  private Map<String, Double> metrics(
      boolean isScored, Map<Text, float[]> anchors, Map<Text, float[]> others, int size) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (isScored) {
      double[] cosines = similarities(anchors, others, size, EmbeddingExample::positive);
      double[] scores = rows.stream().mapToDouble(EmbeddingExample::score).toArray();
      metrics.put("spearman", orZero(Correlation.spearman(cosines, scores)));
      metrics.put("pearson", orZero(Correlation.pearson(cosines, scores)));
      return metrics;
    }
    RetrievalScore score = retrieval(anchors, others, size);
    metrics.put("accuracy_at_1", score.accuracyAt1());
    metrics.put("mrr_at_10", score.mrrAt10());
    metrics.put("ndcg_at_10", score.ndcgAt10());
    metrics.put("recall_at_10", score.recallAt10());
    if (rows.stream().anyMatch(row -> !row.negatives().isEmpty())) {
      metrics.put("triplet_accuracy", tripletAccuracy(anchors, others, size));
    }
    return metrics;
  }

  /** Constant cosines or scores have no correlation. */
  private static double orZero(double correlation) {
    return Double.isNaN(correlation) ? 0 : correlation;
  }

  /** Chooses a text of an example. */
  private interface Choice {
    Text of(EmbeddingExample example);
  }

  private double[] similarities(
      Map<Text, float[]> anchors, Map<Text, float[]> others, int size, Choice choice) {
    try (Scope scope = objective.model().encoder().scope().child()) {
      Tensor x = tensor(scope, rows.stream().map(row -> anchors.get(row.anchor())).toList(), size);
      Tensor y = tensor(scope, rows.stream().map(row -> others.get(choice.of(row))).toList(), size);
      return doubles(objective.loss().similarity().ofPairs(x, y).toFloats());
    }
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static Tensor tensor(Scope scope, List<float[]> vectors, int size) {
    int E = Math.min(size, vectors.getFirst().length);
    float[] values = new float[vectors.size() * E];
    for (int i = 0; i < vectors.size(); i++) {
      System.arraycopy(vectors.get(i), 0, values, i * E, E);
    }
    return scope.floats(values, vectors.size(), E);
  }

  private RetrievalScore retrieval(
      Map<Text, float[]> anchors, Map<Text, float[]> others, int size) {
    Map<Text, Integer> documents = new LinkedHashMap<>();
    Map<Text, Set<Integer>> relevant = new LinkedHashMap<>();
    for (EmbeddingExample row : rows) {
      int number = documents.computeIfAbsent(row.positive(), _ -> documents.size());
      relevant.computeIfAbsent(row.anchor(), _ -> new LinkedHashSet<>()).add(number);
    }
    List<Map.Entry<Text, Set<Integer>>> queries = List.copyOf(relevant.entrySet());
    RetrievalScore score = new RetrievalScore();
    try (Scope scope = objective.model().encoder().scope().child()) {
      Tensor all = tensor(scope, documents.keySet().stream().map(others::get).toList(), size);
      for (int from = 0; from < queries.size(); from += QUERIES) {
        List<Map.Entry<Text, Set<Integer>>> part =
            queries.subList(from, Math.min(queries.size(), from + QUERIES));
        try (Scope inner = scope.child()) {
          Tensor x =
              tensor(inner, part.stream().map(query -> anchors.get(query.getKey())).toList(), size);
          float[] similarities = objective.loss().similarity().ofAll(x, all).toFloats();
          for (int q = 0; q < part.size(); q++) {
            int offset = q * documents.size();
            float[] row = Arrays.copyOfRange(similarities, offset, offset + documents.size());
            score.add(
                part.get(q).getValue().stream()
                    .mapToInt(document -> rank(row, document))
                    .toArray());
          }
        }
      }
    }
    return score;
  }

  /** Returns the rank of a document; of equal similarities, the first comes first. */
  private static int rank(float[] similarities, int document) {
    int rank = 1;
    for (int i = 0; i < similarities.length; i++) {
      boolean isBefore =
          similarities[i] > similarities[document]
              || (similarities[i] == similarities[document] && i < document);
      rank += isBefore ? 1 : 0;
    }
    return rank;
  }

  private double tripletAccuracy(Map<Text, float[]> anchors, Map<Text, float[]> others, int size) {
    double[] near = similarities(anchors, others, size, EmbeddingExample::positive);
    int most = rows.stream().mapToInt(row -> row.negatives().size()).max().orElse(0);
    long right = 0;
    long all = 0;
    for (int k = 0; k < most; k++) {
      int number = k;
      double[] far =
          similarities(
              anchors,
              others,
              size,
              row ->
                  number < row.negatives().size() ? row.negatives().get(number) : row.positive());
      for (int i = 0; i < far.length; i++) {
        boolean counts = number < rows.get(i).negatives().size();
        all += counts ? 1 : 0;
        right += counts && near[i] > far[i] ? 1 : 0;
      }
    }
    return (double) right / all;
  }

  private Measurement loss(
      Map<Text, float[]> anchors,
      Map<Text, float[]> others,
      Map<String, Double> metrics,
      String deciding) {
    double sum = 0;
    long targets = 0;
    for (int from = 0; from < rows.size(); from += batchSize) {
      List<EmbeddingExample> part = rows.subList(from, Math.min(rows.size(), from + batchSize));
      EmbeddingBatch batch = EmbeddingBatch.of(part, padId, objective.loss());
      try (Scope scope = objective.model().encoder().scope().child()) {
        List<float[]> negatives =
            part.stream().flatMap(row -> row.negatives().stream()).map(others::get).toList();
        EmbeddingLoss.Vectors vectors =
            new EmbeddingLoss.Vectors(
                tensor(
                    scope,
                    part.stream().map(row -> anchors.get(row.anchor())).toList(),
                    Integer.MAX_VALUE),
                tensor(
                    scope,
                    part.stream().map(row -> others.get(row.positive())).toList(),
                    Integer.MAX_VALUE),
                negatives.isEmpty() ? null : tensor(scope, negatives, Integer.MAX_VALUE),
                batch.owners(),
                batch.scores());
        sum += batch.numTargets() * (double) objective.loss().of(vectors).getFloat(0);
        targets += batch.numTargets();
      }
    }
    return new Measurement(sum / targets, targets, metrics, deciding);
  }
}
