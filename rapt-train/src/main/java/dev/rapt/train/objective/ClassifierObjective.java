package dev.rapt.train.objective;

import dev.rapt.model.Classifier;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;

/**
 * Classification of texts or of their tokens.
 *
 * @param <T> targets of a batch
 * @param loss the loss of the logits
 */
public record ClassifierObjective<T>(Classifier model, TargetLoss<T> loss)
    implements Objective<TargetBatch<T>> {
  /**
   * A loss of logits.
   *
   * @param <T> targets of a batch
   */
  @FunctionalInterface
  public interface TargetLoss<T> {
    /**
     * Returns the sum of the losses, divided: a scalar, f32.
     *
     * @param logits (B, classes) of texts, (B, T, classes) of tokens
     */
    Tensor of(Tensor logits, T targets, double denominator);
  }

  @Override
  public Tensor loss(TargetBatch<T> batch, Forward forward) {
    return loss.of(logits(batch, forward), batch.targets(), forward.weight());
  }

  /** Returns the logits of a batch. */
  Tensor logits(TargetBatch<T> batch, Forward forward) {
    Tensor ids = batch.texts().tensor(forward.scope());
    return model.logits(ids, forward.configure(batch.texts().pass(model, ids)).build());
  }
}
