package dev.rapt.model.head;

import dev.rapt.autograd.LinearHead;
import dev.rapt.autograd.Losses;
import dev.rapt.autograd.Ops;
import dev.rapt.model.config.HeadRule;
import dev.rapt.nn.Linear;
import dev.rapt.tensor.Tensor;

/** What turns hidden states into logits over the vocabulary. */
public record LmHead(Linear linear, HeadRule rule) {
  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    Tensor logits = linear.forward(hidden);
    if (rule.scale() != 1) {
      logits = Ops.scale(logits, rule.scale());
    }
    return rule.softcap() == 0 ? logits : Ops.softCap(logits, rule.softcap());
  }

  /** The mean cross entropy of the targets; the logits never exist as a whole. */
  public Tensor loss(Tensor hidden, Tensor targets, long denominator) {
    LinearHead head =
        new LinearHead(
            linear.weight().compute(), linear.biasVector(), rule.scale(), rule.softcap());
    return Losses.linearCrossEntropy(hidden, head, targets, 0, denominator);
  }
}
