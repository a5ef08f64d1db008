package dev.rapt.kernel.vector;

import static dev.rapt.kernel.Floats.assertClose;

import dev.rapt.kernel.Floats;
import dev.rapt.kernel.NormKernel;
import dev.rapt.kernel.scalar.ScalarNorm;
import dev.rapt.kernel.vector.elementwise.VectorElementwise;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorNormTest {
  private static final int ROWS = 5;

  /** Sums of up to 4,098 values in f32 lanes. */
  private static final double TOLERANCE = 3e-6;

  private static final NormKernel SCALAR = new ScalarNorm();
  private static final NormKernel VECTOR = new VectorNorm();

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void layerNormMatchesScalarForwardAndBackward(int cols) {
    for (int mask = 0; mask < 4; mask++) {
      Run want = layerNorm(SCALAR, cols, (mask & 1) != 0, (mask & 2) != 0, false);
      want.assertEqual(layerNorm(VECTOR, cols, (mask & 1) != 0, (mask & 2) != 0, false));
      want.assertEqual(layerNorm(VECTOR, cols, (mask & 1) != 0, (mask & 2) != 0, true));
      want.assertEqual(layerNorm(SCALAR, cols, (mask & 1) != 0, (mask & 2) != 0, true));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void rmsNormMatchesScalarForwardAndBackward(int cols) {
    for (boolean weighted : new boolean[] {false, true}) {
      for (float offset : new float[] {0, 1}) {
        Run want = rmsNorm(SCALAR, cols, weighted, offset, false);
        want.assertEqual(rmsNorm(VECTOR, cols, weighted, offset, false));
        want.assertEqual(rmsNorm(VECTOR, cols, weighted, offset, true));
        want.assertEqual(rmsNorm(SCALAR, cols, weighted, offset, true));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-30f, 1e-4f, 1e4f, 1e15f})
  void scaleOfTheInputHardlyMatters(float scale) {
    int cols = 207;
    MemorySegment x = Floats.normal(1, ROWS * cols, scale);
    Run want = new Run(ROWS * cols);
    Run got = new Run(ROWS * cols);
    SCALAR.layerNorm(
        want.out,
        x,
        new NormKernel.LayerNorm(null, null, cols, 1e-5f),
        new NormKernel.Moments(want.mean, want.rstd),
        ROWS);
    VECTOR.layerNorm(
        got.out,
        x,
        new NormKernel.LayerNorm(null, null, cols, 1e-5f),
        new NormKernel.Moments(got.mean, got.rstd),
        ROWS);
    assertClose("layer norm", got.out, want.out, TOLERANCE, TOLERANCE);
    SCALAR.rmsNorm(want.out, x, new NormKernel.RmsNorm(null, 0, cols, 1e-6f), want.rstd, ROWS);
    VECTOR.rmsNorm(got.out, x, new NormKernel.RmsNorm(null, 0, cols, 1e-6f), got.rstd, ROWS);
    assertClose("rms norm", got.out, want.out, TOLERANCE, TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 64})
  void notANumberStaysInItsRow(int cols) {
    MemorySegment x = Floats.normal(1, 3 * cols, 1);
    Lanes.set(x, cols + 2, Float.NaN);
    Run run = new Run(3 * cols);
    for (NormKernel k : new NormKernel[] {SCALAR, VECTOR}) {
      k.rmsNorm(run.out, x, new NormKernel.RmsNorm(null, 0, cols, 1e-6f), run.rstd, 3);
      for (int i = 0; i < 3 * cols; i++) {
        org.assertj.core.api.Assertions.assertThat(Float.isNaN(Lanes.get(run.out, i)))
            .isEqualTo(i / cols == 1);
      }
    }
  }

  private static Run layerNorm(
      NormKernel k, int cols, boolean weighted, boolean biased, boolean inPlace) {
    Run run = new Run(ROWS * cols);
    MemorySegment x = Floats.normal(1, ROWS * cols, 2);
    new VectorElementwise().addBias(x, x, Floats.normal(2, cols, 1), ROWS, cols);
    MemorySegment weight = weighted ? Floats.normal(3, cols, 1) : null;
    MemorySegment bias = biased ? Floats.normal(4, cols, 1) : null;
    MemorySegment dY = Floats.normal(5, ROWS * cols, 1);
    MemorySegment from = inPlace ? run.out.copyFrom(x) : x;
    k.layerNorm(
        run.out,
        from,
        new NormKernel.LayerNorm(weight, bias, cols, 1e-5f),
        new NormKernel.Moments(run.mean, run.rstd),
        ROWS);
    run.dWeight = weighted ? Floats.normal(6, cols, 1) : null;
    run.dBias = biased ? Floats.normal(7, cols, 1) : null;
    MemorySegment dFrom = inPlace ? run.dX.copyFrom(dY) : dY;
    k.layerNormBackward(
        new NormKernel.Gradients(run.dX, run.dWeight, run.dBias),
        x,
        dFrom,
        new NormKernel.LayerNorm(weight, null, cols, 0),
        new NormKernel.Moments(run.mean, run.rstd),
        ROWS);
    return run;
  }

  private static Run rmsNorm(
      NormKernel k, int cols, boolean weighted, float offset, boolean inPlace) {
    Run run = new Run(ROWS * cols);
    MemorySegment x = Floats.normal(1, ROWS * cols, 2);
    MemorySegment weight = weighted ? Floats.normal(3, cols, 1) : null;
    MemorySegment dY = Floats.normal(5, ROWS * cols, 1);
    MemorySegment from = inPlace ? run.out.copyFrom(x) : x;
    k.rmsNorm(run.out, from, new NormKernel.RmsNorm(weight, offset, cols, 1e-6f), run.rstd, ROWS);
    run.dWeight = weighted ? Floats.normal(6, cols, 1) : null;
    MemorySegment dFrom = inPlace ? run.dX.copyFrom(dY) : dY;
    k.rmsNormBackward(
        new NormKernel.Gradients(run.dX, run.dWeight, null),
        x,
        dFrom,
        new NormKernel.RmsNorm(weight, offset, cols, 0),
        run.rstd,
        ROWS);
    return run;
  }

  private static final class Run {
    final MemorySegment out;
    final MemorySegment dX;
    final MemorySegment mean = Floats.zeros(ROWS);
    final MemorySegment rstd = Floats.zeros(ROWS);
    MemorySegment dWeight;
    MemorySegment dBias;

    Run(int n) {
      out = Floats.zeros(n);
      dX = Floats.zeros(n);
    }

    void assertEqual(Run got) {
      // A single column has variance 0, so that 1 / sqrt(eps) magnifies roundings of the mean.
      double absolute = Lanes.get(rstd, 0) > 100 ? 1e-3 : TOLERANCE;
      assertClose("out", got.out, out, absolute, TOLERANCE);
      assertClose("mean", got.mean, mean, 1e-6, TOLERANCE);
      assertClose("rstd", got.rstd, rstd, 0, TOLERANCE);
      assertClose("dX", got.dX, dX, absolute, TOLERANCE);
      if (dWeight != null) {
        assertClose("dWeight", got.dWeight, dWeight, 1e-5, TOLERANCE);
      }
      if (dBias != null) {
        assertClose("dBias", got.dBias, dBias, TOLERANCE, TOLERANCE);
      }
    }
  }
}
