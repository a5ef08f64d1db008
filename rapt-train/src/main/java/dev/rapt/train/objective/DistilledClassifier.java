package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.Classifier;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;

/**
 * Distillation of a classifier: T^2 KL of the student's distribution over the classes from the
 * teacher's, both at temperature T, plus alpha times the loss of the labels. Hinton et al. 2015,
 * arXiv:1503.02531, section 2.
 *
 * @param <T> targets of a batch
 * @param hard the loss of the labels, with the student
 * @param teacher has the student's tokens and classes; it is not changed
 * @param temperature T, positive
 * @param alpha weight of the loss of the labels, at least 0
 */
public record DistilledClassifier<T>(
    ClassifierObjective<T> hard, Classifier teacher, float temperature, float alpha)
    implements Objective<TargetBatch<T>> {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public DistilledClassifier {
    Teachers.requireNumbers(temperature, alpha);
  }

  @Override
  public Tensor loss(TargetBatch<T> batch, Forward forward) {
    Tensor logits = hard.logits(batch, forward);
    Tensor every = forward.scope().ints(new int[batch.batchSize()], batch.batchSize());
    Tensor soft =
        Losses.distillation(
            logits,
            ofTeacher(batch.texts(), forward.scope()),
            every,
            temperature,
            (double) forward.denominator());
    if (alpha == 0) {
      return soft;
    }
    Tensor ofLabels = hard.loss().of(logits, batch.targets(), forward.weight());
    return Ops.add(soft, Ops.scale(ofLabels, alpha));
  }

  private Tensor ofTeacher(TextBatch texts, Scope scope) {
    try (Scope inside = scope.child()) {
      Tensor ids = texts.tensor(inside);
      return inside.escape(teacher.logits(ids, texts.pass(teacher, ids).build()));
    }
  }
}
