package dev.rapt.train;

import java.nio.file.Path;

/** Is told what happens in a run, on the thread that trains. */
public interface TrainListener {
  /** An update was made. */
  default void onStep(StepMetrics step) {}

  /** The loss on held-out text was measured. */
  default void onEvaluation(Evaluation evaluation) {}

  /** A checkpoint was written to this folder, after this many steps. */
  default void onSave(long steps, Path folder) {}

  /** The model wrote a sample, after this many steps. */
  default void onSample(long steps, String text) {}

  /**
   * One update.
   *
   * @param step number of the update, from 1 on
   * @param steps updates of the whole run
   * @param loss mean cross entropy of the step's targets before the update, in nats per token
   * @param lr learning rate of the update
   * @param gradNorm norm of all gradients before clipping
   * @param tokensPerSecond training throughput of this step
   * @param shareOfPeak model FLOPs of this step over what the machine could have done in its time;
   *     NaN where the peak is not known
   * @param tokensSeen tokens trained on since the beginning of the run, repeated ones each time
   * @param peakBytes most native memory that tensors have held
   * @param seconds training time since the beginning of the run, of resumed parts together
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
      double seconds) {}

  /**
   * A measurement on held-out text.
   *
   * @param step updates made before
   * @param loss mean cross entropy in nats per token, dropout off
   * @param tokens targets that the mean is over
   * @param best whether no earlier one was lower
   */
  record Evaluation(long step, double loss, long tokens, boolean best) {}
}
