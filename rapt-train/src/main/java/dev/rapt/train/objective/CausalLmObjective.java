package dev.rapt.train.objective;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TokenBatch;

/** Causal language modelling: the cross entropy of each next token. */
public record CausalLmObjective(CausalLm model) implements Objective<TokenBatch> {
  @Override
  public Tensor loss(TokenBatch batch, Forward forward) {
    Scope scope = forward.scope();
    Tensor ids = scope.ints(batch.inputs(), batch.batchSize(), batch.seqLen());
    Tensor targets = scope.ints(batch.targets(), batch.batchSize(), batch.seqLen());
    Pass.Builder pass = forward.configure(Pass.over(ids));
    int[] documentStart = batch.documentStart();
    if (documentStart != null) {
      pass.firstKeys(documentStart);
    }
    return model.loss(ids, targets, pass.build(), forward.denominator());
  }
}
