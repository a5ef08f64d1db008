package dev.rapt.train.objective;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.SpanTargets;
import dev.rapt.train.batch.TargetBatch;

/** Extractive question answering: the mean of the cross entropies of start and end. */
public record AnswerObjective(QuestionAnswering model)
    implements Objective<TargetBatch<SpanTargets>> {
  @Override
  public Tensor loss(TargetBatch<SpanTargets> batch, Forward forward) {
    Tensor ids = batch.texts().tensor(forward.scope());
    Pass pass = forward.configure(batch.texts().pass(model, ids)).build();
    SpanTargets targets = batch.targets();
    return QuestionAnswering.loss(
        model.scores(ids, pass), targets.starts(), targets.ends(), pass, forward.denominator());
  }
}
