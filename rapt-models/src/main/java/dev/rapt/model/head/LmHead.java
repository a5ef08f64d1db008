package dev.rapt.model.head;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.HeadRule;
import dev.rapt.nn.Linear;
import dev.rapt.tensor.Tensor;

/** Language-model head: maps hidden states to logits over the vocabulary. */
public record LmHead(Linear linear, HeadRule rule) {
  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    Tensor logits = linear.forward(hidden);
    if (rule.scale() != 1) {
      logits = Ops.scale(logits, rule.scale());
    }
    return rule.softcap() == 0 ? logits : Ops.softCap(logits, rule.softcap());
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets, computed without storing all logits
   * unless the head has low-rank updates.
   *
   * @param hidden (..., D)
   * @param targets (...) i32; -100 is ignored
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   */
  public Tensor loss(Tensor hidden, Tensor targets, float smoothing, long denominator) {
    return isPlain()
        ? Losses.linearCrossEntropy(hidden, plain(), targets, smoothing, (double) denominator)
        : Losses.crossEntropy(logits(hidden), targets, smoothing, (double) denominator);
  }

  /**
   * Returns the {@linkplain Losses#distillation distillation loss} towards a teacher, computed
   * without storing all logits unless a head has low-rank updates.
   *
   * @param hidden (..., D)
   * @param teacherHidden (..., D of the teacher)
   * @param targets (...) i32; positions with -100 are ignored
   * @param temperature positive
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   */
  public Tensor distillation(
      Tensor hidden,
      LmHead teacher,
      Tensor teacherHidden,
      Tensor targets,
      float temperature,
      long denominator) {
    return isPlain() && teacher.isPlain()
        ? Losses.linearDistillation(
            hidden,
            plain(),
            teacherHidden,
            teacher.plain(),
            targets,
            temperature,
            (double) denominator)
        : Losses.distillation(
            logits(hidden),
            teacher.logits(teacherHidden),
            targets,
            temperature,
            (double) denominator);
  }

  private boolean isPlain() {
    return linear.weight().updates().isEmpty();
  }

  private LinearHead plain() {
    return new LinearHead(
        linear.weight().compute(), linear.biasVector(), rule.scale(), rule.softcap());
  }
}
