package dev.rapt.train.task;

import dev.rapt.model.Model;
import dev.rapt.train.Evaluator;
import dev.rapt.train.MetricBound;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.objective.Objective;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model with its examples, ready to be fine-tuned. Owns the model.
 *
 * @param <B> kind of batch
 */
public interface TaskRun<B extends Batch> extends AutoCloseable {
  /** Returns the model with the head of the task. */
  Model model();

  /**
   * Prepares what the run keeps in its folder beside the checkpoints. Called once, when the model
   * is as training begins or continues with it, adapter included, before objective, batches and
   * evaluator of the training are asked for.
   *
   * @param folder folder of the run
   * @param options options of the training
   * @param checkpoint the checkpoint from which training continues; null if it begins
   */
  default void begin(Path folder, TrainOptions options, @Nullable Path checkpoint)
      throws IOException {}

  /** Returns the objective of the model. */
  Objective<B> objective();

  /** Returns the training batches. */
  BatchSampler<B> batches();

  /** Returns what measures the model on the held-out examples. */
  Evaluator evaluator();

  /** Returns ranges of metrics, outside which the run ends as diverged. */
  default List<MetricBound> bounds() {
    return List.of();
  }

  /** Returns whether the loss falls while the model learns; that of a policy gradient need not. */
  default boolean hasFallingLoss() {
    return true;
  }

  /** Returns what the examples are, in a line or two: their number, classes, lengths. */
  List<String> summary();

  /** Returns details of the last evaluation as lines of text, such as a confusion matrix. */
  List<String> details();

  /** Returns the same details as numbers by names in snake case: what JSON can hold. */
  default Map<String, Object> figures() {
    return Map.of();
  }

  /** Returns how many examples were too long to be read to their end. */
  default CutTexts cutTexts() {
    return CutTexts.NONE;
  }

  /**
   * Returns what the deciding metric of the held-out examples is without any learning, if known.
   */
  default Optional<Baseline> baseline() {
    return Optional.empty();
  }

  /** Returns files of weights that are trained beside those of the model. */
  default List<WeightFile> moreWeights() {
    return List.of();
  }

  /** Writes files that the task adds to the folder of the model. */
  default void writeFiles(Path folder) throws IOException {}

  @Override
  default void close() {
    model().close();
  }
}
