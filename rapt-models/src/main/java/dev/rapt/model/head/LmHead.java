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
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   */
  public Tensor loss(Tensor hidden, Tensor targets, long denominator) {
    if (!linear.weight().updates().isEmpty()) {
      return Losses.crossEntropy(logits(hidden), targets, 0, denominator);
    }
    LinearHead head =
        new LinearHead(
            linear.weight().compute(), linear.biasVector(), rule.scale(), rule.softcap());
    return Losses.linearCrossEntropy(hidden, head, targets, 0, denominator);
  }
}
