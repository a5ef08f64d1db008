package dev.rapt.train;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TokenBatch;
import java.util.Iterator;

/**
 * The held-out loss of a model: mean cross entropy over text.
 *
 * @param loss in nats per token
 * @param tokens number of targets in the mean
 */
public record HeldOutLoss(double loss, long tokens) {
  /**
   * Measures over the first batches, without dropout.
   *
   * @param maxBatches largest number of batches
   * @throws IllegalArgumentException if the batches have no target
   */
  public static HeldOutLoss of(CausalLm model, Iterable<TokenBatch> batches, long maxBatches) {
    double sum = 0;
    long tokens = 0;
    Iterator<TokenBatch> iterator = batches.iterator();
    for (long i = 0; i < maxBatches && iterator.hasNext(); i++) {
      TokenBatch batch = iterator.next();
      long targets = batch.predicted();
      if (targets > 0) {
        sum += targets * loss(model, batch, targets);
        tokens += targets;
      }
    }
    if (tokens == 0) {
      throw new IllegalArgumentException(
          "held-out loss: the batches must have at least one target, got none");
    }
    return new HeldOutLoss(sum / tokens, tokens);
  }

  private static double loss(CausalLm model, TokenBatch batch, long targets) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(batch.inputs(), batch.batchSize(), batch.seqLen());
      Tensor wanted = scope.ints(batch.targets(), batch.batchSize(), batch.seqLen());
      Pass.Builder pass = Pass.over(ids);
      int[] documentStart = batch.documentStart();
      if (documentStart != null) {
        pass.firstKeys(documentStart);
      }
      return model.loss(ids, wanted, pass.build(), targets).getFloat(0);
    }
  }
}
