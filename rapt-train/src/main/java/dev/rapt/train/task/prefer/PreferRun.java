package dev.rapt.train.task.prefer;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Scope;
import dev.rapt.train.Evaluator;
import dev.rapt.train.MetricBound;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Training of a decoder on preferences. Owns the model and the reference model. */
final class PreferRun implements TaskRun<PreferenceBatch> {
  private final TaskSetup setup;
  private final CausalLm model;
  private final CausalLm reference;
  private final PreferenceLoss loss;
  private final double maxKl;
  private final CutTexts cutTexts;
  private List<PreferenceRow> train; // with reference log-probabilities once the run has begun
  private HeldOutRows<PreferenceRow> heldOut;

  /**
   * Creates a run.
   *
   * @param reference the model that the run begins with, without an adapter
   * @param maxKl largest KL divergence from it in an evaluation
   * @param maxTokens most tokens of a prompt with its answer
   */
  PreferRun(
      TaskSetup setup,
      CausalLm model,
      CausalLm reference,
      PreferenceLoss loss,
      double maxKl,
      TaskSetup.Split<PreferenceRow> rows,
      int maxTokens) {
    this.setup = setup;
    this.model = model;
    this.reference = reference;
    this.loss = loss;
    this.maxKl = maxKl;
    train = rows.train();
    heldOut = HeldOutRows.byLength(rows.heldOut(), PreferenceRow::length);
    cutTexts = CutTexts.of(train, heldOut.rows(), PreferenceRow::isCut, maxTokens);
  }

  @Override
  public CausalLm model() {
    return model;
  }

  @Override
  public PreferenceObjective objective() {
    return new PreferenceObjective(model, loss);
  }

  @Override
  public void begin(Path folder, TrainOptions options, @Nullable Path checkpoint)
      throws IOException {
    Path before = setup.tokenizerFolder();
    ReferenceScores scores;
    if (checkpoint == null) {
      double[][] ofTrain = loss.kind().hasReference() ? score(train) : new double[0][];
      scores =
          new ReferenceScores(ReferenceScores.fingerprints(before), ofTrain, score(heldOut.rows()));
      scores.write(folder);
    } else {
      scores = ReferenceScores.read(folder, before, heldOut.size());
    }
    if (loss.kind().hasReference()) {
      train = ReferenceScores.addTo(train, scores.train());
    }
    heldOut = new HeldOutRows<>(ReferenceScores.addTo(heldOut.rows(), scores.heldOut()));
  }

  /** Returns the training examples. */
  List<PreferenceRow> train() {
    return train;
  }

  /** Returns the log-probabilities of both answers of each example under the model as it is. */
  private double[][] score(List<PreferenceRow> rows) {
    double[][] scores = new double[rows.size()][];
    int at = 0;
    for (List<PreferenceRow> some : new HeldOutRows<>(rows).batches(setup.spec().batchSize())) {
      try (Scope scope = model.scope().child()) {
        List<Scored> found = objective().measure(new PreferenceBatch(some), scope).scores();
        for (int b = 0; b < some.size(); b++) {
          scores[at++] =
              new double[] {found.get(b).logProb(), found.get(some.size() + b).logProb()};
        }
      }
    }
    return scores;
  }

  @Override
  public BatchSampler<PreferenceBatch> batches() {
    int longest = train.stream().mapToInt(PreferenceRow::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), PreferenceBatch::new);
  }

  @Override
  public Evaluator evaluator() {
    return new PreferenceEvaluator(objective(), reference, heldOut, setup.spec().batchSize());
  }

  @Override
  public List<MetricBound> bounds() {
    return List.of(MetricBound.atMost(PreferenceEvaluator.KL, maxKl));
  }

  @Override
  public List<String> summary() {
    String what = loss.kind() == PreferenceLoss.Kind.KTO ? "judged answers" : "pairs of answers";
    return List.of(
        "%d %s, %d held out, loss %s with beta %s"
            .formatted(train.size(), what, heldOut.size(), loss.kind().label(), loss.beta()));
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
  public void writeFiles(Path folder) throws IOException {
    TaskTemplate.write(setup, folder);
  }

  @Override
  public void close() {
    model.close();
    reference.close();
  }
}
