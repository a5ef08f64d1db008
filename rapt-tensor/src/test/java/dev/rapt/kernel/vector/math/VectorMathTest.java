package dev.rapt.kernel.vector.math;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.kernel.vector.ForcedVectorWidth;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ForcedVectorWidth.class)
final class VectorMathTest {
  @Test
  void expIsWithinOneUnitInTheLastPlace() {
    assertThat(worstError(VectorMath::exp, Math::exp, -87, 88.7f)).isLessThan(1);
    // Results below 2^-126 are rounded twice: the last product rounds to the coarser grid.
    assertThat(worstError(VectorMath::exp, Math::exp, -103.9f, -87)).isLessThan(1.1);
  }

  @Test
  void exp2IsWithinOneUnitInTheLastPlace() {
    assertThat(worstError(VectorMath::exp2, x -> Math.pow(2, x), -126, 127)).isLessThan(1);
  }

  @Test
  void extremesOfExp() {
    assertThat(apply(VectorMath::exp, Float.NEGATIVE_INFINITY)).isEqualTo(0);
    assertThat(apply(VectorMath::exp, -1e30f)).isEqualTo(0);
    assertThat(apply(VectorMath::exp, 0)).isEqualTo(1);
    assertThat(apply(VectorMath::exp, -0f)).isEqualTo(1);
    assertThat(apply(VectorMath::exp, 88.72283f)).isEqualTo((float) Math.exp(88.72283f));
    assertThat(apply(VectorMath::exp, 88.73f)).isInfinite();
    assertThat(apply(VectorMath::exp, 1e30f)).isInfinite();
    assertThat(apply(VectorMath::exp, Float.POSITIVE_INFINITY)).isInfinite();
    assertThat(apply(VectorMath::exp, Float.NaN)).isNaN();
  }

  @Test
  void extremesOfExp2() {
    assertThat(apply(VectorMath::exp2, Float.NEGATIVE_INFINITY)).isEqualTo(0);
    assertThat(apply(VectorMath::exp2, -1e30f)).isEqualTo(0);
    assertThat(apply(VectorMath::exp2, -126)).isEqualTo(Float.MIN_NORMAL);
    assertThat(apply(VectorMath::exp2, 0)).isEqualTo(1);
    assertThat(apply(VectorMath::exp2, Float.NaN)).isNaN();
  }

  /** Largest error in units in the last place of the result, at 60,000 points. */
  private static double worstError(
      UnaryOperator<FloatVector> f, DoubleUnaryOperator exact, float from, float to) {
    float[] x = new float[VectorMath.FLOAT.length()];
    double worst = 0;
    int points = 60_000;
    for (int i = 0; i < points; i += x.length) {
      for (int lane = 0; lane < x.length; lane++) {
        x[lane] = (float) (from + (to - from) * ((double) (i + lane) / (points + x.length)));
      }
      float[] y = f.apply(FloatVector.fromArray(VectorMath.FLOAT, x, 0)).toArray();
      for (int lane = 0; lane < x.length; lane++) {
        double want = exact.applyAsDouble(x[lane]);
        worst = Math.max(worst, Math.abs(y[lane] - want) / Math.ulp((float) want));
      }
    }
    return worst;
  }

  private static float apply(UnaryOperator<FloatVector> f, float x) {
    return f.apply(FloatVector.broadcast(VectorMath.FLOAT, x)).lane(0);
  }
}
