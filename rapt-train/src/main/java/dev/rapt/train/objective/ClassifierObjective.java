package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.Classifier;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;

/** Classification of whole texts by cross entropy; the targets are ids of classes. */
public record ClassifierObjective(Classifier model) implements Objective<TargetBatch<int[]>> {
  @Override
  public Tensor loss(TargetBatch<int[]> batch, Forward forward) {
    Scope scope = forward.scope();
    Tensor ids = batch.texts().tensor(scope);
    Tensor logits = model.logits(ids, forward.configure(batch.texts().pass(model, ids)).build());
    Tensor targets = scope.ints(batch.targets(), batch.targets().length);
    float share = (float) batch.numTargets() / forward.denominator();
    return Ops.scale(model.loss(logits, targets), share);
  }
}
