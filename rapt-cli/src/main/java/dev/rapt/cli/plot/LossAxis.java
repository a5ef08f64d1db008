package dev.rapt.cli.plot;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * The range of a loss axis, whose ends are multiples of its tick distance.
 *
 * @param min lower end
 * @param max upper end
 * @param tick distance of the ticks: 1, 2 or 5 times a power of ten
 * @param isCut whether losses of the beginning are above the upper end
 */
record LossAxis(double min, double max, double tick, boolean isCut) {
  /** Share of the steps after which a curve must be inside the axis. */
  private static final double BEGINNING = 0.15;

  private static final int USUAL_TICKS = 8;

  /**
   * An axis for these curves and levels. It is cut if the beginning would take up more than half of
   * it.
   */
  static LossAxis of(LossCurve training, LossCurve heldOut, double... levels) {
    double[] finite =
        DoubleStream.concat(
                DoubleStream.concat(doubles(training), doubles(heldOut)), Arrays.stream(levels))
            .filter(Double::isFinite)
            .toArray();
    double least = Arrays.stream(finite).min().orElse(0);
    double greatest = Arrays.stream(finite).max().orElse(1);
    double settled =
        DoubleStream.concat(
                DoubleStream.of(afterBeginning(training), afterBeginning(heldOut)),
                Arrays.stream(levels))
            .filter(Double::isFinite)
            .max()
            .orElse(greatest);
    boolean isCut = greatest - least > 2 * (settled - least) && settled > least;
    double top = isCut ? settled : greatest;
    double tick = roundTick((top - least) / USUAL_TICKS);
    double min = Math.floor(least / tick + 1e-9) * tick;
    double max = Math.max(min + tick, Math.ceil(top / tick - 1e-9) * tick);
    return new LossAxis(min, max, tick, isCut);
  }

  private static DoubleStream doubles(LossCurve curve) {
    return curve.losses().stream().mapToDouble(v -> v);
  }

  /** The greatest loss after the first steps; negative infinity if there is none. */
  private static double afterBeginning(LossCurve curve) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < curve.steps().size(); i++) {
      if (curve.steps().get(i) >= BEGINNING * curve.lastStep()) {
        greatest = Math.max(greatest, curve.losses().get(i));
      }
    }
    return greatest;
  }

  /** The smallest 1, 2 or 5 times a power of ten that is no smaller than this distance. */
  private static double roundTick(double distance) {
    if (!(distance > 0)) {
      return 0.1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(distance)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power >= distance * (1 - 1e-9)) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  /** The decimal pattern that shows every tick in full. */
  String pattern() {
    int digits = (int) Math.max(0, -Math.floor(Math.log10(tick) + 1e-9));
    return digits == 0 ? "0" : "0." + "0".repeat(digits);
  }
}
