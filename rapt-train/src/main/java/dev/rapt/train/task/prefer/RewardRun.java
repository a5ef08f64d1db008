package dev.rapt.train.task.prefer;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.Classifier;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.objective.ClassifierObjective;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Training of a reward model on pairs of answers. */
final class RewardRun implements TaskRun<TargetBatch<float[]>> {
  private final TaskSetup setup;
  private final Classifier model;
  private final List<Row> train;
  private final HeldOutRows<Row> heldOut;
  private final CutTexts cutTexts;
  private final int padId;

  /**
   * A pair of answers, each with its prompt.
   *
   * @param margin by how much the reward of the chosen answer is to be the higher one
   * @param isCut whether the end of an answer was left out
   */
  record Row(TextBatch.Text chosen, TextBatch.Text rejected, float margin, boolean isCut) {
    int length() {
      return Math.max(chosen.ids().length, rejected.ids().length);
    }
  }

  RewardRun(TaskSetup setup, Classifier model, TaskSetup.Split<Row> rows, int maxTokens) {
    this.setup = setup;
    this.model = model;
    train = rows.train();
    heldOut = HeldOutRows.byLength(rows.heldOut(), Row::length);
    cutTexts = CutTexts.of(train, heldOut.rows(), Row::isCut, maxTokens);
    padId = setup.padId(model.padTokenId().orElse(-1));
  }

  @Override
  public Classifier model() {
    return model;
  }

  @Override
  public ClassifierObjective<float[]> objective() {
    return new ClassifierObjective<>(model, RewardRun::loss);
  }

  /**
   * The Bradley-Terry loss, summed and divided.
   *
   * @param rewards (2 B, 1): those of the chosen answers, then those of the rejected ones
   * @param margins B margins
   */
  static Tensor loss(Tensor rewards, float[] margins, double denominator) {
    int B = margins.length;
    return Losses.function(
        rewards,
        (x, gradient) -> {
          double sum = 0;
          for (int b = 0; b < B; b++) {
            double lead = x[b] - x[B + b] - margins[b];
            double slope = PreferenceLoss.sigmoid(-lead) / denominator;
            gradient[b] = -slope;
            gradient[B + b] = slope;
            sum -= PreferenceLoss.logSigmoid(lead);
          }
          return sum / denominator;
        });
  }

  @Override
  public BatchSampler<TargetBatch<float[]>> batches() {
    int longest = train.stream().mapToInt(Row::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  /** Returns the training examples. */
  List<Row> train() {
    return train;
  }

  /** Makes a batch of examples. */
  TargetBatch<float[]> batch(List<Row> rows) {
    List<TextBatch.Text> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(row.chosen()));
    rows.forEach(row -> texts.add(row.rejected()));
    float[] margins = new float[rows.size()];
    for (int b = 0; b < margins.length; b++) {
      margins[b] = rows.get(b).margin();
    }
    return new TargetBatch<>(TextBatch.of(texts, padId), margins, rows.size());
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      double loss = 0;
      double margin = 0;
      double reward = 0;
      long right = 0;
      for (List<Row> rows : heldOut.batches(setup.spec().batchSize())) {
        TargetBatch<float[]> batch = batch(rows);
        try (Scope scope = model.scope().child()) {
          Tensor ids = batch.texts().tensor(scope);
          Tensor rewards = model.logits(ids, batch.texts().pass(model, ids).build());
          loss += loss(rewards, batch.targets(), 1).getFloat(0);
          for (int b = 0; b < rows.size(); b++) {
            float chosen = rewards.getFloat(b);
            float rejected = rewards.getFloat(rows.size() + b);
            margin += chosen - rejected;
            reward += chosen + rejected;
            right += chosen > rejected ? 1 : 0;
          }
        }
      }
      int n = heldOut.size();
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("accuracy", (double) right / n);
      metrics.put("margin", margin / n);
      metrics.put("mean_reward", reward / (2.0 * n));
      return new Measurement(loss / n, n, metrics, "accuracy");
    };
  }

  @Override
  public List<String> summary() {
    return List.of("%d pairs of answers, %d held out".formatted(train.size(), heldOut.size()));
  }

  @Override
  public List<String> details() {
    return List.of();
  }

  @Override
  public CutTexts cutTexts() {
    return cutTexts;
  }

  @Override
  public Optional<Baseline> baseline() {
    return Optional.of(new Baseline("accuracy", 0.5, "that of a guess"));
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    TaskTemplate.write(setup, folder);
  }
}
