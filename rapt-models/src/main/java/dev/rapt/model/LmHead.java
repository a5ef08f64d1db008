package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.HeadRule;
import dev.rapt.nn.Linear;
import dev.rapt.tensor.Tensor;

/** What turns hidden states into logits over the vocabulary. */
record LmHead(Linear linear, HeadRule rule) {
  /** Maps hidden states (..., D) to logits (..., V). */
  Tensor logits(Tensor hidden) {
    Tensor logits = linear.forward(hidden);
    if (rule.scale() != 1) {
      logits = Ops.scale(logits, rule.scale());
    }
    if (rule.softcap() != 0) {
      throw new UnsupportedOperationException("head: logits with a soft cap are not built yet");
    }
    return logits;
  }

  /**
   * The mean cross entropy of the targets; see {@link CausalLm#loss}. A plain head never holds the
   * logits as a whole.
   */
  Tensor loss(Tensor hidden, Tensor targets, long denominator) {
    if (rule.isPlain()) {
      return Ops.linearCrossEntropy(hidden, linear.weight().compute(), targets, 0, denominator);
    }
    Tensor loss = Ops.crossEntropy(logits(hidden), targets, 0);
    if (denominator == 0) {
      return loss;
    }
    long counted = 0;
    for (int target : targets.toInts()) {
      counted += target == SoftmaxKernel.IGNORED ? 0 : 1;
    }
    return Ops.scale(loss, (float) ((double) counted / denominator));
  }
}
