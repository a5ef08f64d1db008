package dev.rapt.model.head;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.HeadRule;
import dev.rapt.nn.Linear;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Language-model head: maps hidden states to logits over the vocabulary. */
public record LmHead(Linear linear, HeadRule rule) {
  /** Most bytes of logits of which log-probabilities are computed at once. */
  private static final long CHUNK_BYTES = 64L << 20;

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return scaled(linear.forward(hidden));
  }

  private Tensor scaled(Tensor products) {
    Tensor logits = products;
    if (rule.scale() != 1) {
      logits = Ops.scale(logits, rule.scale());
    }
    return rule.softcap() == 0 ? logits : Ops.softCap(logits, rule.softcap());
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets, computed without storing all logits
   * unless the head has low-rank updates or stays packed.
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
   * Returns the log-probability, in nats, of a token at each of some rows of hidden states. Logits
   * that exceed {@link #CHUNK_BYTES} are computed in parts, once more in the backward pass.
   *
   * @param hidden (..., D)
   * @param rows N rows of hidden
   * @param tokens N tokens, in [0, V)
   * @return (1, N), f32
   */
  public Tensor logProbabilities(Tensor hidden, int[] rows, int[] tokens) {
    Tensor flat = hidden.reshape(-1, hidden.lastDim());
    long vocabSize = linear.weight().shape().dim(0);
    int chunk = Math.clamp(CHUNK_BYTES / (vocabSize * Float.BYTES), 16, 1 << 20);
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < rows.length; from += chunk) {
      int n = Math.min(chunk, rows.length - from);
      Tensor places = hidden.scope().ints(Arrays.copyOfRange(rows, from, from + n), n);
      int[] wanted = Arrays.copyOfRange(tokens, from, from + n);
      UnaryOperator<Tensor> part =
          x -> Losses.logProbabilities(wideLogits(x), x.scope().ints(wanted, n)).reshape(1, n);
      Tensor chosen = Ops.embedding(flat, places);
      parts.add(rows.length <= chunk ? part.apply(chosen) : Ops.contained(chosen, part));
    }
    return Ops.concat(parts);
  }

  /** As {@link #logits}, in f32. */
  private Tensor wideLogits(Tensor hidden) {
    if (!isPlain()) {
      return logits(hidden);
    }
    Tensor weight = linear.weight().compute();
    return scaled(Ops.linear(hidden, weight, linear.biasVector(), false, DType.F32));
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
    return linear.weight().updates().isEmpty() && !linear.weight().staysPacked();
  }

  private LinearHead plain() {
    return new LinearHead(
        linear.weight().compute(), linear.biasVector(), rule.scale(), rule.softcap());
  }
}
