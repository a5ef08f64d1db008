package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.Classifier;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;

/** Classification of whole texts by cross entropy; the targets are ids of classes. */
public record ClassifierObjective(Classifier model) implements Objective<TargetBatch<int[]>> {
  @Override
  public Tensor loss(TargetBatch<int[]> batch, Forward forward) {
    return loss(logits(batch, forward), batch, forward);
  }

  /** Returns the logits (B, classes). */
  Tensor logits(TargetBatch<int[]> batch, Forward forward) {
    Tensor ids = batch.texts().tensor(forward.scope());
    return model.logits(ids, forward.configure(batch.texts().pass(model, ids)).build());
  }

  /** Returns the loss of logits. */
  Tensor loss(Tensor logits, TargetBatch<int[]> batch, Forward forward) {
    Tensor targets = forward.scope().ints(batch.targets(), batch.targets().length);
    float share = (float) batch.numTargets() / forward.denominator();
    return Ops.scale(model.loss(logits, targets), share);
  }
}
