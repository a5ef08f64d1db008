package dev.rapt.eval.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.metrics.Correlation;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static final Bootstrap BOOTSTRAP = new Bootstrap(7, 2000);

  /** 400 examples, one of five right. */
  private static double[][] rows(int right) {
    return IntStream.range(0, 400)
        .mapToObj(i -> new double[] {i % 5 < right ? 1 : 0, 1})
        .toArray(double[][]::new);
  }

  @Test
  void percentilesAreThoseOfNumpy() {
    Interval interval = Interval.of(new double[] {1, 2, 4, 8, 16, 3});
    assertThat(interval.low()).isCloseTo(1.125, within(1e-12));
    assertThat(interval.high()).isCloseTo(15, within(1e-12));
  }

  @Test
  void intervalOfAMeanIsThatOfItsStandardError() {
    Interval interval = BOOTSTRAP.interval(Aggregation.MEAN, rows(1));
    double error = 1.96 * Math.sqrt(0.2 * 0.8 / 400);
    assertThat(interval.low()).isCloseTo(0.2 - error, within(0.01));
    assertThat(interval.high()).isCloseTo(0.2 + error, within(0.01));
  }

  @Test
  void oneSeedGivesOneInterval() {
    double[][] rows =
        IntStream.range(0, 50)
            .mapToObj(i -> new double[] {Math.sqrt(i), 1})
            .toArray(double[][]::new);
    Interval first = BOOTSTRAP.interval(Aggregation.MEAN, rows);
    assertThat(BOOTSTRAP.interval(Aggregation.MEAN, rows)).isEqualTo(first);
    assertThat(new Bootstrap(8, 2000).interval(Aggregation.MEAN, rows)).isNotEqualTo(first);
    assertThat(new Bootstrap(7, 0).interval(Aggregation.MEAN, rows).low()).isNaN();
  }

  @Test
  void equalRunsDoNotDifferAndOtherRunsDo() {
    PairedDifference none = BOOTSTRAP.compare(Aggregation.MEAN, rows(1), rows(1));
    assertThat(none.difference()).isZero();
    assertThat(none.pValue()).isEqualTo(1);
    PairedDifference some = BOOTSTRAP.compare(Aggregation.MEAN, rows(1), rows(2));
    assertThat(some.difference()).isCloseTo(0.2, within(1e-12));
    assertThat(some.pValue()).isZero();
    assertThat(some.interval().low()).isPositive();
    assertThatThrownBy(() -> BOOTSTRAP.compare(Aggregation.MEAN, rows(1), new double[1][2]))
        .hasMessageContaining("got 400 and 1");
  }

  @Test
  void aggregationsFollowTheirFormulas() {
    assertThat(Aggregation.PERPLEXITY.of(new double[] {-6, 3}))
        .isCloseTo(Math.exp(2), within(1e-12));
    assertThat(Aggregation.BITS.of(new double[] {-6, 3})).isCloseTo(2 / Math.log(2), within(1e-12));
    assertThat(Aggregation.F1.of(new double[] {2, 1, 3})).isCloseTo(0.5, within(1e-12));
    assertThat(Aggregation.F1.of(new double[] {0, 0, 0})).isZero();
    // 3 of 4 examples of a class are right, and 1 of 2 of the other
    double[] counts = {3, 1, 4, 2, 4, 2};
    assertThat(Aggregation.MATTHEWS.of(counts)).isCloseTo((4 * 6 - 20) / 16.0, within(1e-12));
    assertThat(Aggregation.MACRO_F1.of(counts)).isCloseTo((0.75 + 0.5) / 2, within(1e-12));
    double[] x = {1, 2, 4, 7}, y = {2, 1, 5, 6};
    assertThat(Aggregation.CORRELATION.ofRows(Correlation.rows(x, y)))
        .isCloseTo(Correlation.pearson(x, y), within(1e-12));
    assertThat(Aggregation.CORRELATION.ofRows(Correlation.rows(x, new double[4]))).isNaN();
  }
}
