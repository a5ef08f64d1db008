package dev.rapt.cli.run;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.cli.plot.LossPlot;
import dev.rapt.train.TrainListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Shows the progress of a run on the terminal and records its loss curve. */
public final class TrainingView implements TrainListener {
  /** Weight of the newest loss in the moving average that is shown. */
  private static final double NEWEST = 0.1;

  private static final int SHOWN_METRICS = 1;

  private final ProgressLine progress;
  private final LossPlot plot = new LossPlot();
  private final boolean quiet;
  private double shownLoss = Double.NaN;
  private double heldOutLoss = Double.NaN;
  private Map<String, Double> metrics = Map.of();
  private double startSeconds = Double.NaN;
  private long startStep;
  private double tokensPerSecond;

  /**
   * A view of one run.
   *
   * @param quiet whether lines for evaluations, samples and checkpoints are left out
   */
  public TrainingView(ProgressLine progress, boolean quiet) {
    this.progress = progress;
    this.quiet = quiet;
  }

  /** The loss curve so far. */
  public LossPlot plot() {
    return plot;
  }

  /** Training speed in tokens/s, a moving average. */
  double tokensPerSecond() {
    return tokensPerSecond;
  }

  @Override
  public void onStep(StepMetrics step) {
    plot.addStep(step.step(), step.loss());
    if (Double.isNaN(startSeconds)) {
      startSeconds = step.seconds();
      startStep = step.step();
      shownLoss = step.loss();
      tokensPerSecond = step.tokensPerSecond();
    }
    double weight = Math.max(NEWEST, 1.0 / (step.step() - startStep + 1));
    shownLoss += weight * (step.loss() - shownLoss);
    tokensPerSecond += NEWEST * (step.tokensPerSecond() - tokensPerSecond);
    StringBuilder text = new StringBuilder();
    text.append(Format.format("step %d/%d  loss %.3f", step.step(), step.steps(), shownLoss));
    step.metrics().entrySet().stream()
        .limit(SHOWN_METRICS)
        .forEach(each -> text.append(Format.format("  %s %.3f", each.getKey(), each.getValue())));
    if (!Double.isNaN(heldOutLoss)) {
      text.append(Format.format("  held out %.3f", heldOutLoss));
    }
    text.append("  ").append(Format.count(tokensPerSecond)).append(" tok/s");
    if (!Double.isNaN(step.shareOfPeak())) {
      double smoothed = step.shareOfPeak() * tokensPerSecond / step.tokensPerSecond();
      if (smoothed <= 1) { // above it, other programs ran while the peak was measured
        text.append(Format.format("  %.0f%% of peak", 100 * smoothed));
      }
    }
    long done = step.step() - startStep;
    if (done > 0) {
      double perStep = (step.seconds() - startSeconds) / done;
      long millis = Math.round(1000 * perStep * (step.steps() - step.step()));
      text.append("  ").append(Format.duration(Duration.ofMillis(millis))).append(" left");
    }
    progress.update((double) step.step() / step.steps(), text.toString());
  }

  /** Metrics of the last evaluation by name; none before it. */
  public Map<String, Double> metrics() {
    return metrics;
  }

  @Override
  public void onEvaluation(Evaluation evaluation) {
    metrics = evaluation.metrics();
    heldOutLoss = evaluation.loss();
    plot.addEvaluation(evaluation.step(), evaluation.loss());
    StringBuilder measured = new StringBuilder(Format.format("%.4f", evaluation.loss()));
    evaluation
        .metrics()
        .forEach((name, value) -> measured.append(Format.format(", %s %.4f", name, value)));
    say(
        Format.format(
            "step %d: held-out loss %s%s",
            evaluation.step(), measured, evaluation.best() ? " (best)" : ""));
  }

  @Override
  public void onSave(long steps, Path folder) {
    say(Format.format("step %d: saved %s", steps, folder));
  }

  @Override
  public void onSample(long steps, String text) {
    say(Format.format("step %d: %s", steps, text.strip().replaceAll("\\R", "\n    ")));
  }

  private void say(String line) {
    if (!quiet) {
      progress.say(line);
    }
  }
}
