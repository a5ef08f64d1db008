package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelOutputException;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * Perplexity of a text under a decoder.
 *
 * @param natsPerToken mean negative log-likelihood of a token, in nats
 * @param numScored number of predicted tokens
 */
public record Perplexity(double natsPerToken, long numScored) {
  /**
   * Measures the perplexity of a text in windows that do not overlap. Each token is predicted from
   * the tokens before it in its window. The first token of the text is not predicted. A remainder
   * shorter than a window is left out, unless the whole text is shorter.
   *
   * @param ids the text, at least 2 tokens
   * @param window tokens of a window, at least 1
   * @param batchSize windows of a batch, at least 1
   * @param progress receives the share that is done, 0 to 1
   */
  public static Perplexity of(
      CausalLm model, int[] ids, int window, int batchSize, DoubleConsumer progress) {
    if (window < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "window, batch: must be at least 1, got %d and %d".formatted(window, batchSize));
    }
    if (ids.length < 2) {
      throw new IllegalArgumentException(
          "text: must have at least 2 tokens, got " + ids.length + "; the first is not predicted");
    }
    int length = Math.min(window, ids.length - 1);
    int numWindows = (ids.length - 1) / length;
    double sum = 0;
    for (int done = 0; done < numWindows; ) {
      int rows = Math.min(batchSize, numWindows - done);
      sum += nats(model, ids, done * length, rows, length);
      done += rows;
      progress.accept((double) done / numWindows);
    }
    long scored = (long) numWindows * length;
    return new Perplexity(sum / scored, scored);
  }

  /** Negative log-likelihood of the tokens that follow those of some windows, in nats. */
  private static double nats(CausalLm model, int[] ids, int from, int rows, int length) {
    int count = rows * length;
    try (Scope scope = model.scope().child()) {
      Tensor inputs = scope.ints(Arrays.copyOfRange(ids, from, from + count), rows, length);
      Tensor targets = scope.ints(Arrays.copyOfRange(ids, from + 1, from + 1 + count), count);
      Tensor loss = model.loss(inputs, targets, Pass.over(inputs).build(), 0);
      float mean = loss.getFloat(0);
      if (!Float.isFinite(mean)) {
        throw ModelOutputException.notFinite("loss", mean);
      }
      return (double) mean * count;
    }
  }

  /** Perplexity, exp(natsPerToken). */
  public double perplexity() {
    return Math.exp(natsPerToken);
  }

  /**
   * Bits per byte.
   *
   * @param bytes UTF-8 bytes of the text of the predicted tokens
   */
  public double bitsPerByte(long bytes) {
    return natsPerToken * numScored / bytes / Math.log(2);
  }
}
