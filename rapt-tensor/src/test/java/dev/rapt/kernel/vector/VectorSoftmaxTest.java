package dev.rapt.kernel.vector;

import static dev.rapt.kernel.Floats.assertClose;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rapt.kernel.Floats;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.kernel.scalar.ScalarSoftmax;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorSoftmaxTest {
  private static final double TOLERANCE = 1e-6;

  /** Far below the largest logit the difference to it is rounded, and the value is negligible. */
  private static final double NEGLIGIBLE = 1e-12;

  private static final int ROWS = 4;

  private static final SoftmaxKernel SCALAR = new ScalarSoftmax();
  private static final SoftmaxKernel VECTOR = new VectorSoftmax();

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void softmaxMatchesScalar(int cols) {
    for (double deviation : new double[] {1, 20, 1000}) {
      MemorySegment x = Floats.normal(1, ROWS * cols, deviation);
      check(x, cols);
    }
  }

  private static void check(MemorySegment x, int cols) {
    MemorySegment want = Floats.zeros((long) ROWS * cols);
    MemorySegment got = Floats.zeros((long) ROWS * cols);
    SCALAR.softmax(want, x, ROWS, cols);
    VECTOR.softmax(got, x, ROWS, cols);
    assertClose("softmax", got, want, NEGLIGIBLE, TOLERANCE);
    got.copyFrom(x);
    VECTOR.softmax(got, got, ROWS, cols);
    assertClose("softmax in place", got, want, NEGLIGIBLE, TOLERANCE);
    SCALAR.logSoftmax(want, x, ROWS, cols);
    VECTOR.logSoftmax(got, x, ROWS, cols);
    assertClose("log softmax", got, want, TOLERANCE, TOLERANCE);
    got.copyFrom(x);
    VECTOR.logSoftmax(got, got, ROWS, cols);
    assertClose("log softmax in place", got, want, TOLERANCE, TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void crossEntropyMatchesScalar(int cols) {
    for (double deviation : new double[] {1, 1000}) {
      for (float smoothing : new float[] {0, 0.1f}) {
        for (float gradScale : new float[] {0, 1, 1e-3f}) {
          compare(cols, deviation, smoothing, gradScale);
        }
      }
    }
  }

  @Test
  void crossEntropyMatchesScalarOverALargeVocabulary() {
    compare(50257, 3, 0.1f, 1e-3f);
  }

  private static void compare(int cols, double deviation, float smoothing, float gradScale) {
    MemorySegment got = Floats.normal(2, ROWS * cols, deviation);
    MemorySegment want = Floats.copy(got);
    MemorySegment gotLosses = Floats.zeros(ROWS);
    MemorySegment wantLosses = Floats.zeros(ROWS);
    MemorySegment targets = targets(0, SoftmaxKernel.IGNORED, cols - 1, cols / 2);
    VECTOR.crossEntropy(got, targets, gotLosses, ROWS, cols, smoothing, gradScale);
    SCALAR.crossEntropy(want, targets, wantLosses, ROWS, cols, smoothing, gradScale);
    assertClose("losses", gotLosses, wantLosses, TOLERANCE, TOLERANCE);
    assertClose("gradient", got, want, TOLERANCE * gradScale, TOLERANCE);
  }

  @Test
  void extremeRowsMatchScalar() {
    int cols = 41;
    for (float extreme :
        new float[] {
          Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f, -3e38f, 1e-40f
        }) {
      MemorySegment x = Floats.normal(1, ROWS * cols, 1);
      Lanes.set(x, 3, extreme);
      Lanes.set(x, cols + 40, extreme);
      for (int c = 0; c < cols; c++) {
        Lanes.set(x, 2 * cols + c, extreme);
      }
      check(x, cols);
      MemorySegment got = Floats.copy(x);
      MemorySegment want = Floats.copy(x);
      MemorySegment gotLosses = Floats.zeros(ROWS);
      MemorySegment wantLosses = Floats.zeros(ROWS);
      MemorySegment targets = targets(3, 4, 5, 6);
      VECTOR.crossEntropy(got, targets, gotLosses, ROWS, cols, 0, 1);
      SCALAR.crossEntropy(want, targets, wantLosses, ROWS, cols, 0, 1);
      assertClose("losses", gotLosses, wantLosses, TOLERANCE, TOLERANCE);
      assertClose("gradient", got, want, TOLERANCE, TOLERANCE);
    }
  }

  private static MemorySegment targets(int... values) {
    return Arena.ofAuto().allocateFrom(JAVA_INT, values);
  }
}
