package dev.rapt.model.head;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.HeadRule;
import dev.rapt.nn.Linear;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
   * @param temperature divides the logits
   * @return (1, N), f32
   */
  public Tensor logProbabilities(Tensor hidden, int[] rows, int[] tokens, double temperature) {
    Tensor flat = hidden.reshape(-1, hidden.lastDim());
    int chunk = rowsAtOnce();
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < rows.length; from += chunk) {
      int n = Math.min(chunk, rows.length - from);
      Tensor places = hidden.scope().ints(Arrays.copyOfRange(rows, from, from + n), n);
      int[] wanted = Arrays.copyOfRange(tokens, from, from + n);
      UnaryOperator<Tensor> part =
          x ->
              Losses.logProbabilities(wideLogits(x, temperature), x.scope().ints(wanted, n))
                  .reshape(1, n);
      Tensor chosen = Ops.embedding(flat, places);
      parts.add(rows.length <= chunk ? part.apply(chosen) : Ops.contained(chosen, part));
    }
    return Ops.concat(parts);
  }

  private int rowsAtOnce() {
    long vocabSize = linear.weight().shape().dim(0);
    return Math.clamp(CHUNK_BYTES / (vocabSize * Float.BYTES), 16, 1 << 20);
  }

  /**
   * Returns the entropy, in nats, of the distribution of the token behind each of some rows of
   * hidden states. Nothing is recorded for gradients.
   *
   * @param hidden (..., D)
   * @param rows N rows of hidden
   * @param temperature divides the logits
   */
  public double[] entropies(Tensor hidden, int[] rows, double temperature) {
    double[] entropies = new double[rows.length];
    int chunk = rowsAtOnce();
    for (int from = 0; from < rows.length; from += chunk) {
      int[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + chunk));
      try (Scope scope = hidden.scope().child()) {
        Tensor flat = hidden.reshape(-1, hidden.lastDim());
        Tensor chosen = Ops.embedding(flat, scope.ints(part, part.length));
        Tensor logits = Casts.toFloat(scope, wideLogits(chosen, temperature));
        for (int r = 0; r < part.length; r++) {
          entropies[from + r] = entropy(logits, r);
        }
      }
    }
    return entropies;
  }

  /** log Z - sum p x of a row of logits x, with the largest subtracted. */
  private static double entropy(Tensor logits, int row) {
    long V = logits.lastDim();
    float[] x = new float[Math.toIntExact(V)];
    MemorySegment.copy(
        logits.memory(), ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * V * row, x, 0, x.length);
    float max = Float.NEGATIVE_INFINITY;
    for (float each : x) {
      max = Math.max(max, each);
    }
    double sum = 0;
    double weighted = 0;
    for (float each : x) {
      double weight = Math.exp(each - max);
      sum += weight;
      weighted += weight == 0 ? 0 : weight * (each - max); // also of forbidden tokens, -Infinity
    }
    return Math.log(sum) - weighted / sum;
  }

  /** As {@link #logits}, divided by a temperature, in f32. */
  private Tensor wideLogits(Tensor hidden, double temperature) {
    Tensor logits;
    if (isPlain()) {
      Tensor weight = linear.weight().compute();
      logits = scaled(Ops.linear(hidden, weight, linear.biasVector(), false, DType.F32));
    } else {
      logits = logits(hidden);
    }
    return temperature == 1 ? logits : Ops.scale(logits, (float) (1 / temperature));
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
