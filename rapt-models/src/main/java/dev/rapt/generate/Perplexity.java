package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelOutputException;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * How well a decoder predicts a text.
 *
 * @param natsPerToken mean of -ln p
 * @param numScored tokens that were predicted
 */
public record Perplexity(double natsPerToken, long numScored) {
  /**
   * Cuts the ids into windows that do not overlap. Each token that follows one of a window is
   * predicted from those of the window up to there, so that every token but the first of the text
   * is predicted once. A rest shorter than a window is left out, unless there is nothing else.
   *
   * @param window tokens of a window
   * @param batchSize windows that are computed together
   * @param progress is told which share is done
   */
  public static Perplexity of(
      CausalLm model, int[] ids, int window, int batchSize, DoubleConsumer progress) {
    if (window < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "window, batch: must be at least 1, got %d and %d".formatted(window, batchSize));
    }
    if (ids.length < 2) {
      throw new IllegalArgumentException(
          "text: must be of at least 2 tokens, got " + ids.length + "; the first is not predicted");
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

  /** The sum of -ln p over the tokens behind those of some windows. */
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

  /** e to the mean: of how many equally likely tokens the choice seems to be. */
  public double perplexity() {
    return Math.exp(natsPerToken);
  }

  /** Bits for each byte of the text of the tokens that were predicted. */
  public double bitsPerByte(long bytes) {
    return natsPerToken * numScored / bytes / Math.log(2);
  }
}
