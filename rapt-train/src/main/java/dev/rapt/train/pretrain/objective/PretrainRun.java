package dev.rapt.train.pretrain.objective;

import dev.rapt.model.Model;
import dev.rapt.train.Evaluator;
import dev.rapt.train.HeldOutLoss;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.shape.TrainFlops;

/**
 * A model with its text, ready to be pretrained. Owns the model.
 *
 * @param <B> kind of batch
 */
public interface PretrainRun<B extends Batch> extends AutoCloseable {
  /** Returns the model. */
  Model model();

  /** Returns what is trained of it, and the files of its checkpoints. */
  TrainedModel trained();

  /** Returns the objective of the model. */
  Objective<B> objective();

  /** Returns the training batches. */
  BatchSampler<B> batches();

  /** Returns the batches of evaluations. */
  Iterable<B> heldOut();

  /**
   * Returns what an evaluation measures: the held-out loss, if not more.
   *
   * @param maxBatches largest number of batches
   */
  default Evaluator evaluator(long maxBatches) {
    return () -> HeldOutLoss.of(objective(), trained().scope(), heldOut(), maxBatches);
  }

  /**
   * Returns the FLOPs of the forward and backward pass for one token, as {@link TrainFlops} counts
   * them, of all that is trained.
   */
  default double flopsPerToken() {
    return TrainFlops.perToken(model(), model().parameters().trained(), batches().seqLen());
  }

  @Override
  default void close() {
    model().close();
  }
}
