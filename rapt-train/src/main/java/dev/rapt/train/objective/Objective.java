package dev.rapt.train.objective;

import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.Batch;
import java.util.Map;

/**
 * An objective of training: the loss of a batch.
 *
 * @param <B> kind of batch
 */
@FunctionalInterface
public interface Objective<B extends Batch> {
  /**
   * Runs the model on a batch.
   *
   * @return the losses of the targets of this batch, summed and divided by the denominator of
   *     {@code forward}, or by its weight if the targets have weights: a scalar, f32
   */
  Tensor loss(B batch, Forward forward);

  /**
   * Returns what was measured beside the loss on the batches since the last call, by name, in the
   * order in which it is shown; empty for most objectives.
   */
  default Map<String, Double> metrics() {
    return Map.of();
  }
}
