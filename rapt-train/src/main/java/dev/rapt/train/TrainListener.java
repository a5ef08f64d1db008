package dev.rapt.train;

import java.nio.file.Path;
import java.util.Map;

/** Receives the events of a training run, on the thread that trains. */
public interface TrainListener {
  /** Called after each update. */
  default void onStep(StepMetrics step) {}

  /** Called after each evaluation on held-out data. */
  default void onEvaluation(Evaluation evaluation) {}

  /** Called after a checkpoint was written to this folder; {@code steps} updates were made. */
  default void onSave(long steps, Path folder) {}

  /** Called after the model generated a sample; {@code steps} updates were made. */
  default void onSample(long steps, String text) {}

  /**
   * Metrics of one update.
   *
   * @param step number of the update, counted from 1
   * @param steps number of updates in the whole run
   * @param loss mean loss of the step's targets before the update; for language models in nats per
   *     token
   * @param lr learning rate of the update
   * @param gradNorm global norm of the gradients before clipping
   * @param tokensPerSecond training throughput of this step
   * @param shareOfPeak model FLOPs utilisation: model FLOPs of this step as a share of the
   *     machine's peak; NaN where the peak is not known
   * @param tokensSeen tokens trained on since the beginning of the run; repeated ones count again
   * @param peakBytes peak of the native memory of tensors, in bytes
   * @param seconds training time since the beginning of the run, over all resumed parts
   * @param joulesPerToken energy that the processors consumed during the step, for each token; NaN
   *     if it is not measured
   * @param metrics what the objective measured beside the loss, by name; empty for most
   */
  record StepMetrics(
      long step,
      long steps,
      double loss,
      double lr,
      double gradNorm,
      double tokensPerSecond,
      double shareOfPeak,
      long tokensSeen,
      long peakBytes,
      double seconds,
      double joulesPerToken,
      Map<String, Double> metrics) {}

  /**
   * An evaluation on held-out data.
   *
   * @param step number of updates made before
   * @param loss mean loss of the targets, without dropout; for language models in nats per token
   * @param tokens number of targets in the mean
   * @param metrics metrics of the task by name; empty where the loss alone is measured
   * @param best whether it is the best so far
   */
  record Evaluation(
      long step, double loss, long tokens, Map<String, Double> metrics, boolean best) {}
}
