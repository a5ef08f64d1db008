package dev.rapt.cli.plot;

import dev.rapt.checkpoint.AtomicFiles;
import java.awt.BasicStroke;
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
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The loss of a run over its steps, as a picture. The loss axis is cut above the steep beginning,
 * so that the rest of the curve fills the picture.
 */
public final class LossPlot {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 560;

  /** Points of the smoothed curve; the picture has no room for more. */
  private static final int MAX_POINTS = 400;

  private static final Color GRID = new Color(0xE4E4E4);
  private static final BasicStroke LEVEL_STROKE =
      new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 5}, 0);

  private final LossCurve training = new LossCurve();
  private final LossCurve heldOut = new LossCurve();
  private final List<Level> levels = new ArrayList<>();

  /** A horizontal line to compare with. */
  private record Level(String name, double loss) {}

  /** Adds the training loss of a step, in nats per token. */
  public void addStep(long step, double loss) {
    training.add((double) step, loss);
  }

  /** Adds the held-out loss after a step, in nats per token. */
  public void addEvaluation(long step, double loss) {
    heldOut.add((double) step, loss);
  }

  /** Adds a level to compare with, such as an entropy floor, in nats per token. */
  public void addLevel(String name, double loss) {
    levels.add(new Level(name, loss));
  }

  /** Whether there is nothing to draw. */
  public boolean isEmpty() {
    return training.isEmpty() && heldOut.isEmpty();
  }

  /** Writes the picture as PNG. */
  public void write(Path file, String title) throws IOException {
    System.setProperty("java.awt.headless", "true");
    LossCurve smoothed = training.smoothed(MAX_POINTS);
    LossAxis axis =
        LossAxis.of(smoothed, heldOut, levels.stream().mapToDouble(Level::loss).toArray());
    double lastStep = Math.max(training.lastStep(), heldOut.lastStep());
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(axis.isCut() ? title + " (beginning cut off)" : title)
            .xAxisTitle("step")
            .yAxisTitle("loss (nats per token)")
            .build();
    style(chart.getStyler(), axis, lastStep);
    addCurve(chart, "training", smoothed.below(axis.max()), false);
    addCurve(chart, "held out", heldOut.below(axis.max()), true);
    for (Level level : levels) {
      chart
          .addSeries(level.name, new double[] {0, lastStep}, new double[] {level.loss, level.loss})
          .setMarker(SeriesMarkers.NONE)
          .setLineStyle(LEVEL_STROKE);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", png);
    AtomicFiles.write(file, png.toByteArray());
  }

  private static void style(XYStyler styler, LossAxis axis, double lastStep) {
    styler.setLegendPosition(Styler.LegendPosition.InsideNE);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotContentSize(1);
    // The library omits a tick exactly at the lower end of an axis.
    styler.setYAxisMin(axis.min() - 0.01 * axis.tick());
    styler.setYAxisMax(axis.max());
    styler.setYAxisDecimalPattern(axis.pattern());
    styler.setYAxisTickMarkSpacingHint(
        Math.max(20, (int) (HEIGHT * 0.8 * axis.tick() / (axis.max() - axis.min()))));
    styler.setXAxisMin(-0.001 * lastStep);
    styler.setXAxisMax(lastStep);
    styler.setXAxisDecimalPattern("#,##0");
  }

  private static void addCurve(XYChart chart, String name, LossCurve curve, boolean hasMarkers) {
    if (!curve.isEmpty()) {
      chart
          .addSeries(name, curve.steps(), curve.losses())
          .setMarker(hasMarkers ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
  }
}
