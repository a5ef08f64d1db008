package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.MaskedLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;

/**
 * Distillation of a masked language model: T^2 KL of the student's distribution of each masked
 * token from the teacher's, both at temperature T, plus alpha times the cross entropy of the masked
 * tokens. DistilBERT (arXiv:1910.01108, section 3) adds the cosine of the hidden states, for which
 * both must have one width.
 *
 * @param model the student
 * @param teacher has the student's vocabulary; it is not changed
 * @param temperature T, positive
 * @param alpha weight of the cross entropy, at least 0
 */
public record DistilledMaskedLm(MaskedLm model, MaskedLm teacher, float temperature, float alpha)
    implements Objective<TargetBatch<int[]>> {
  /**
   * Checks the numbers and the vocabularies.
   *
   * @throws IllegalArgumentException if they do not fit
   */
  public DistilledMaskedLm {
    Teachers.requireNumbers(temperature, alpha);
    Teachers.requireVocabulary(model, teacher);
  }

  @Override
  public Tensor loss(TargetBatch<int[]> batch, Forward forward) {
    Scope scope = forward.scope();
    TextBatch texts = batch.texts();
    Tensor ids = texts.tensor(scope);
    Tensor hidden = model.hidden(ids, forward.configure(texts.pass(model, ids)).build());
    Tensor targets = scope.ints(batch.targets(), texts.batchSize(), texts.seqLen());
    long denominator = forward.denominator();
    Tensor soft =
        model.distillation(
            hidden, teacher, ofTeacher(texts, scope), targets, temperature, denominator);
    return alpha == 0
        ? soft
        : Ops.add(soft, Ops.scale(model.loss(hidden, targets, denominator), alpha));
  }

  private Tensor ofTeacher(TextBatch texts, Scope scope) {
    try (Scope inside = scope.child()) {
      Tensor ids = texts.tensor(inside);
      return inside.escape(teacher.hidden(ids, texts.pass(teacher, ids).build()));
    }
  }
}
