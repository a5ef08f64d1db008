package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * How far the predictions of a model are from those of another, such as the one that it was
 * quantised from.
 *
 * @param reference perplexity of the text under the other model
 * @param own perplexity under this one
 * @param klDivergence mean of the Kullback-Leibler divergence from the other model's distribution
 *     of the next token to that of this one, in nats
 * @param sameTop share of the tokens at which both models find the same token most likely
 */
public record Divergence(
    Perplexity reference, Perplexity own, double klDivergence, double sameTop) {
  /**
   * Measures the divergence on a text, in windows as {@link Perplexity#of} does.
   *
   * @param reference the other model, with the same vocabulary
   * @param ids the text, at least 2 tokens
   * @param window tokens of a window, at least 1
   * @param progress receives the share that is done, 0 to 1
   * @throws IllegalArgumentException if the text is too short, or the vocabularies differ in size
   */
  public static Divergence of(
      CausalLm reference, CausalLm model, int[] ids, int window, DoubleConsumer progress) {
    int vocabSize = model.config().vocabSize();
    if (reference.config().vocabSize() != vocabSize) {
      throw new IllegalArgumentException(
          "models: must have the same vocabulary, got %d and %d tokens"
              .formatted(reference.config().vocabSize(), vocabSize));
    }
    if (ids.length < 2 || window < 1) {
      throw new IllegalArgumentException(
          "text: must have at least 2 tokens, got %d in windows of %d"
              .formatted(ids.length, window));
    }
    int length = Math.min(window, ids.length - 1);
    int numWindows = (ids.length - 1) / length;
    Sums sums = new Sums();
    for (int w = 0; w < numWindows; w++) {
      int[] inputs = Arrays.copyOfRange(ids, w * length, (w + 1) * length);
      int[] targets = Arrays.copyOfRange(ids, w * length + 1, (w + 1) * length + 1);
      sums.add(logits(reference, inputs), logits(model, inputs), targets, vocabSize);
      progress.accept((w + 1.0) / numWindows);
    }
    return sums.mean((long) numWindows * length);
  }

  private static float[] logits(CausalLm model, int[] inputs) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(inputs, 1, inputs.length);
      MemorySegment logits = model.logits(ids, Pass.over(ids).build()).memory();
      return logits.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Sums over the tokens of a text. */
  private static final class Sums {
    private double referenceNats;
    private double ownNats;
    private double divergence;
    private long sameTop;

    void add(float[] p, float[] q, int[] targets, int vocabSize) {
      for (int t = 0; t < targets.length; t++) {
        int row = t * vocabSize;
        double logZp = logSum(p, row, vocabSize);
        double logZq = logSum(q, row, vocabSize);
        referenceNats += logZp - p[row + targets[t]];
        ownNats += logZq - q[row + targets[t]];
        int topP = 0;
        int topQ = 0;
        for (int v = 0; v < vocabSize; v++) {
          double logP = p[row + v] - logZp;
          divergence += Math.exp(logP) * (logP - (q[row + v] - logZq));
          topP = p[row + v] > p[row + topP] ? v : topP;
          topQ = q[row + v] > q[row + topQ] ? v : topQ;
        }
        sameTop += topP == topQ ? 1 : 0;
      }
    }

    private static double logSum(float[] x, int from, int n) {
      float max = Float.NEGATIVE_INFINITY;
      for (int i = from; i < from + n; i++) {
        max = Math.max(max, x[i]);
      }
      double sum = 0;
      for (int i = from; i < from + n; i++) {
        sum += Math.exp((double) x[i] - max);
      }
      return max + Math.log(sum);
    }

    Divergence mean(long count) {
      return new Divergence(
          new Perplexity(referenceNats / count, count),
          new Perplexity(ownNats / count, count),
          divergence / count,
          (double) sameTop / count);
    }
  }
}
