package dev.rapt.train;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Scope;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import java.util.Iterator;

/** The held-out loss of a model: the mean loss of the targets of batches that it did not see. */
public final class HeldOutLoss {
  private HeldOutLoss() {}

  /**
   * Measures the cross entropy of a causal language model, in nats per token.
   *
   * @param maxBatches largest number of batches
   * @throws IllegalArgumentException if the batches have no target
   */
  public static Measurement of(CausalLm model, Iterable<TokenBatch> batches, long maxBatches) {
    return of(new CausalLmObjective(model), model.scope(), batches, maxBatches);
  }

  /**
   * Measures the loss of an objective.
   *
   * @param scope scope of the model
   * @param maxBatches largest number of batches
   * @throws IllegalArgumentException if the batches have no target
   */
  public static <B extends Batch> Measurement of(
      Objective<B> objective, Scope scope, Iterable<B> batches, long maxBatches) {
    double sum = 0;
    long targets = 0;
    Iterator<B> iterator = batches.iterator();
    for (long i = 0; i < maxBatches && iterator.hasNext(); i++) {
      B batch = iterator.next();
      long counted = batch.numTargets();
      if (counted > 0) {
        try (Scope child = scope.child()) {
          sum +=
              counted
                  * (double) objective.loss(batch, Forward.evaluation(child, counted)).getFloat(0);
        }
        targets += counted;
      }
    }
    if (targets == 0) {
      throw new IllegalArgumentException(
          "held-out loss: the batches must have at least one target, got none");
    }
    return Measurement.of(sum / targets, targets);
  }
}
