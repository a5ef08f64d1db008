package dev.rapt.train.objective;

import dev.rapt.model.MaskedLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;

/**
 * Masked language modelling: the cross entropy of the tokens that were masked.
 *
 * <p>Targets (B, T) are the token at each position, or -100 where none is predicted.
 */
public record MaskedLmObjective(MaskedLm model) implements Objective<TargetBatch<int[]>> {
  @Override
  public Tensor loss(TargetBatch<int[]> batch, Forward forward) {
    Scope scope = forward.scope();
    TextBatch texts = batch.texts();
    Tensor ids = texts.tensor(scope);
    Tensor hidden = model.hidden(ids, forward.configure(texts.pass(model, ids)).build());
    Tensor targets = scope.ints(batch.targets(), texts.batchSize(), texts.seqLen());
    return model.loss(hidden, targets, forward.denominator());
  }
}
