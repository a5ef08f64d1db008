package dev.rapt.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossPlotTest {
  private static final int STEPS = 1000;

  @TempDir private Path folder;

  /** Falls steeply from 7 and then slowly to 0.7. */
  private static double loss(int step) {
    return 0.7 + 0.5 * Math.exp(-step / 300.0) + 5.8 * Math.exp(-step / 8.0);
  }

  private static LossCurve curve(int every) {
    LossCurve curve = new LossCurve();
    for (int step = every; step <= STEPS; step += every) {
      curve.add(step, loss(step));
    }
    return curve;
  }

  @Test
  void theAxisIsCutAboveTheBeginningAndHasRoundEnds() {
    LossAxis axis = LossAxis.of(curve(1), curve(100), 0.9, 0.512);
    assertThat(axis.isCut()).isTrue();
    assertThat(axis.tick()).isEqualTo(0.1, within(1e-12));
    assertThat(axis.min()).isEqualTo(0.5, within(1e-9));
    assertThat(axis.max()).isEqualTo(1.1, within(1e-9));
    assertThat(axis.pattern()).isEqualTo("0.0");
  }

  @Test
  void aCurveWithoutASteepBeginningIsShownWhole() {
    LossCurve curve = new LossCurve();
    for (int step = 1; step <= 10; step++) {
      curve.add(step, 5 - 0.3 * step);
    }
    LossAxis axis = LossAxis.of(curve, new LossCurve());
    assertThat(axis.isCut()).isFalse();
    assertThat(axis.min()).isEqualTo(2, within(1e-9));
    assertThat(axis.max()).isEqualTo(5, within(1e-9));
    assertThat(LossAxis.of(new LossCurve(), new LossCurve(), 2.0).max()).isGreaterThan(2);
  }

  @Test
  void theCurveBeginsWhereItEntersTheAxis() {
    LossCurve curve = new LossCurve();
    curve.add(0, 4);
    curve.add(10, 2);
    curve.add(20, 1);
    curve.add(30, 3);
    LossCurve part = curve.below(2.5);
    assertThat(part.steps()).containsExactly(7.5, 10.0, 20.0, 30.0);
    assertThat(part.losses()).containsExactly(2.5, 2.0, 1.0, 2.5);
    assertThat(curve.below(9).steps()).isEqualTo(curve.steps());
    assertThat(curve.below(0.5).isEmpty()).isTrue();
  }

  @Test
  void smoothingKeepsTheMean() {
    LossCurve smoothed = curve(1).smoothed(100);
    assertThat(smoothed.steps()).hasSize(100);
    assertThat(smoothed.losses().stream().mapToDouble(v -> v).average().orElseThrow())
        .isCloseTo(
            curve(1).losses().stream().mapToDouble(v -> v).average().orElseThrow(), within(1e-9));
  }

  @Test
  void thePictureIsAPngOfItsSize() throws IOException {
    LossPlot plot = new LossPlot();
    assertThat(plot.isEmpty()).isTrue();
    for (int step = 1; step <= STEPS; step++) {
      plot.addStep(step, loss(step));
    }
    plot.addEvaluation(STEPS, 0.75);
    plot.addLevel("floor", 0.512);
    assertThat(plot.isEmpty()).isFalse();
    Path file = folder.resolve("loss.png");
    plot.write(file, "loss");
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(960);
    assertThat(image.getHeight()).isEqualTo(560);
  }
}
