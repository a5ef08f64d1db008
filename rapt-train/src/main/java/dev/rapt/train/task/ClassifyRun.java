package dev.rapt.train.task;

import dev.rapt.metrics.Confusion;
import dev.rapt.model.Classifier;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.objective.ClassifierObjective;
import dev.rapt.train.objective.Objective;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Training of a classifier of texts. */
final class ClassifyRun implements TaskRun<TargetBatch<int[]>> {
  private final TaskSetup setup;
  private final Classifier model;
  private final List<Row> train;
  private final HeldOutRows<Row> heldOut;
  private final int padId;
  private Confusion confusion;

  /** A text with the id of its class. */
  record Row(TextBatch.Text text, int label) {}

  ClassifyRun(TaskSetup setup, Classifier model, List<Row> train, List<Row> heldOut) {
    this.setup = setup;
    this.model = model;
    this.train = train;
    this.heldOut = HeldOutRows.byLength(heldOut, row -> row.text().ids().length);
    padId =
        setup.padId(
            model.config() instanceof EncoderConfig config ? config.sizes().padTokenId() : -1);
    confusion = new Confusion(model.labels().names());
  }

  static List<Row> rows(List<TextBatch.Text> texts, List<Integer> labels) {
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new Row(texts.get(i), labels.get(i)))
        .toList();
  }

  @Override
  public Classifier model() {
    return model;
  }

  @Override
  public Objective<TargetBatch<int[]>> objective() {
    return new ClassifierObjective(model);
  }

  @Override
  public BatchSampler<TargetBatch<int[]>> batches() {
    int longest = train.stream().mapToInt(row -> row.text().ids().length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  private TargetBatch<int[]> batch(List<Row> rows) {
    return new TargetBatch<>(
        TextBatch.of(rows.stream().map(Row::text).toList(), padId),
        rows.stream().mapToInt(Row::label).toArray(),
        rows.size());
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      Confusion counted = new Confusion(model.labels().names());
      double loss = 0;
      for (List<Row> rows : heldOut.batches(setup.spec().batchSize())) {
        loss += measure(batch(rows), counted);
      }
      confusion = counted;
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("accuracy", counted.accuracy());
      metrics.put("macro_f1", counted.macroF1());
      metrics.put("matthews", counted.matthews());
      return new Measurement(loss / heldOut.size(), heldOut.size(), metrics, "accuracy");
    };
  }

  /** Counts the predictions for a batch; returns the sum of its losses. */
  private double measure(TargetBatch<int[]> batch, Confusion counted) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = batch.texts().tensor(scope);
      Tensor logits = model.logits(ids, batch.texts().pass(model, ids).build());
      Tensor targets = scope.ints(batch.targets(), batch.targets().length);
      int classes = Math.toIntExact(logits.lastDim());
      for (int b = 0; b < batch.batchSize(); b++) {
        int best = 0;
        for (int k = 1; k < classes; k++) {
          boolean isHigher =
              logits.getFloat((long) b * classes + k) > logits.getFloat((long) b * classes + best);
          best = isHigher ? k : best;
        }
        counted.add(batch.targets()[b], best);
      }
      return batch.numTargets() * (double) model.loss(logits, targets).getFloat(0);
    }
  }

  @Override
  public List<String> summary() {
    return List.of(
        "%d training examples, %d held out, %d classes"
            .formatted(train.size(), heldOut.size(), model.labels().count()));
  }

  @Override
  public List<String> details() {
    List<String> lines = new ArrayList<>(ConfusionTable.scores(confusion));
    lines.add("");
    lines.addAll(ConfusionTable.matrix(confusion));
    return lines;
  }
}
