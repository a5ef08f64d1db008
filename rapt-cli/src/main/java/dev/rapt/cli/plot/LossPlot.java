package dev.rapt.cli.plot;

import dev.rapt.checkpoint.AtomicFiles;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The loss of a run over its steps, as a picture. */
public final class LossPlot {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 560;

  /** Points of the smoothed curve: more than the picture has columns would not be seen. */
  private static final int MOST_POINTS = 400;

  private final List<Double> trainSteps = new ArrayList<>();
  private final List<Double> trainLosses = new ArrayList<>();
  private final List<Double> evalSteps = new ArrayList<>();
  private final List<Double> evalLosses = new ArrayList<>();
  private final List<Level> levels = new ArrayList<>();

  /** A horizontal line to compare with. */
  private record Level(String name, double loss) {}

  /** The loss of a step, in nats per token. */
  public void addStep(long step, double loss) {
    trainSteps.add((double) step);
    trainLosses.add(loss);
  }

  /** The loss on held-out text after a step, in nats per token. */
  public void addEvaluation(long step, double loss) {
    evalSteps.add((double) step);
    evalLosses.add(loss);
  }

  /** A level to compare with, such as the entropy floor, in nats per token. */
  public void addLevel(String name, double loss) {
    levels.add(new Level(name, loss));
  }

  /** Whether there is nothing to draw. */
  public boolean isEmpty() {
    return trainSteps.isEmpty() && evalSteps.isEmpty();
  }

  /** Writes the picture as PNG. */
  public void write(Path file, String title) throws IOException {
    System.setProperty("java.awt.headless", "true");
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("step")
            .yAxisTitle("loss (nats per token)")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart
        .getStyler()
        .setDefaultSeriesRenderStyle(org.knowm.xchart.XYSeries.XYSeriesRenderStyle.Line);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisDecimalPattern("0.0");
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    if (!trainSteps.isEmpty()) {
      addSmoothed(chart);
    }
    if (!evalSteps.isEmpty()) {
      chart.addSeries("held out", evalSteps, evalLosses).setMarker(SeriesMarkers.CIRCLE);
    }
    for (Level level : levels) {
      List<Double> ends = List.of(firstStep(), lastStep());
      chart
          .addSeries(level.name, ends, List.of(level.loss, level.loss))
          .setMarker(SeriesMarkers.NONE);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", png);
    AtomicFiles.write(file, png.toByteArray());
  }

  /** Means over equal stretches, so that the noise of single batches does not hide the curve. */
  private void addSmoothed(XYChart chart) {
    int stretch = Math.max(1, Math.ceilDiv(trainSteps.size(), MOST_POINTS));
    List<Double> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (int from = 0; from < trainSteps.size(); from += stretch) {
      int to = Math.min(trainSteps.size(), from + stretch);
      steps.add(mean(trainSteps.subList(from, to)));
      losses.add(mean(trainLosses.subList(from, to)));
    }
    chart.addSeries("training", steps, losses).setMarker(SeriesMarkers.NONE);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  private double firstStep() {
    return Math.min(
        trainSteps.isEmpty() ? Double.MAX_VALUE : trainSteps.getFirst(),
        evalSteps.isEmpty() ? Double.MAX_VALUE : evalSteps.getFirst());
  }

  private double lastStep() {
    return Math.max(
        trainSteps.isEmpty() ? 0 : trainSteps.getLast(),
        evalSteps.isEmpty() ? 0 : evalSteps.getLast());
  }
}
