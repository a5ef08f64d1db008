package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TokenBatch;

/**
 * Distillation of a causal language model from text: T^2 KL of the student's distribution of each
 * next token from the teacher's, both at temperature T, plus alpha times the cross entropy of the
 * text. Hinton et al. 2015, arXiv:1503.02531, section 2.
 *
 * @param model the student
 * @param teacher has the student's vocabulary; it is not changed
 * @param temperature T, positive
 * @param alpha weight of the cross entropy, at least 0
 */
public record DistillationObjective(
    CausalLm model, CausalLm teacher, float temperature, float alpha)
    implements Objective<TokenBatch> {
  /**
   * Checks the numbers and the vocabularies.
   *
   * @throws IllegalArgumentException if they do not fit
   */
  public DistillationObjective {
    Teachers.requireNumbers(temperature, alpha);
    Teachers.requireVocabulary(model, teacher);
  }

  @Override
  public Tensor loss(TokenBatch batch, Forward forward) {
    Scope scope = forward.scope();
    Tensor ids = ids(batch, scope);
    Tensor targets = scope.ints(batch.targets(), batch.batchSize(), batch.seqLen());
    Tensor hidden = model.hidden(ids, forward.configure(pass(batch, ids)).build());
    long denominator = forward.denominator();
    Tensor soft =
        model.distillation(
            hidden, teacher, ofTeacher(batch, scope), targets, temperature, denominator);
    return alpha == 0
        ? soft
        : Ops.add(soft, Ops.scale(model.tokenLoss(hidden, targets, 0, denominator), alpha));
  }

  private Tensor ofTeacher(TokenBatch batch, Scope scope) {
    try (Scope inside = scope.child()) {
      Tensor ids = ids(batch, inside);
      return inside.escape(teacher.hidden(ids, pass(batch, ids).build()));
    }
  }

  private static Tensor ids(TokenBatch batch, Scope scope) {
    return scope.ints(batch.inputs(), batch.batchSize(), batch.seqLen());
  }

  private static Pass.Builder pass(TokenBatch batch, Tensor ids) {
    int[] documentStart = batch.documentStart();
    return documentStart == null ? Pass.over(ids) : Pass.over(ids).firstKeys(documentStart);
  }
}
