package dev.rapt.eval;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import dev.rapt.eval.likelihood.LikelihoodScorer.ScoredWindow;
import dev.rapt.eval.task.TaskResult;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Perplexity and bits per byte of a text, in windows that slide over it. */
public final class SlidingPerplexity {
  private SlidingPerplexity() {}

  /**
   * Measures a text. The windows are the examples of the result.
   *
   * @param name of the result
   * @param window most tokens of a window
   * @param stride new tokens of each window after the first
   */
  public static TaskResult of(
      LikelihoodScorer scorer, String name, String text, int window, int stride) {
    List<ScoredWindow> windows = scorer.sliding(text, window, stride);
    List<Figure> figures =
        List.of(
            figure(
                "perplexity",
                Aggregation.PERPLEXITY,
                windows,
                scored -> scored.likelihood().numTokens()),
            figure("byte_perplexity", Aggregation.PERPLEXITY, windows, ScoredWindow::numBytes),
            figure("bits_per_byte", Aggregation.BITS, windows, ScoredWindow::numBytes));
    return new TaskResult(name, "", "none", 0, figures, List.of());
  }

  private static Figure figure(
      String metric,
      Aggregation aggregation,
      List<ScoredWindow> windows,
      ToDoubleFunction<ScoredWindow> weight) {
    double[][] rows =
        windows.stream()
            .map(scored ->
                new double[] {scored.likelihood().logProb(), weight.applyAsDouble(scored)})
            .toArray(double[][]::new);
    return new Figure(metric, false, aggregation, rows);
  }
}
