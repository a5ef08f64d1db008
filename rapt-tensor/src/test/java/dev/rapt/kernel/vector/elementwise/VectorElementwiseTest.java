package dev.rapt.kernel.vector.elementwise;

import static dev.rapt.kernel.Floats.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.Gating;
import dev.rapt.kernel.scalar.ScalarElementwise;
import dev.rapt.kernel.vector.ForcedVectorWidth;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorElementwiseTest {
  /** A few f32 roundings. */
  private static final double TOLERANCE = 1e-6;

  /** Far out the argument of an exponential is rounded, and the value is negligible. */
  private static final double NEGLIGIBLE = 1e-10;

  /** Derivatives change sign: near there only the absolute error means anything. */
  private static final double SLOPE_TOLERANCE = 5e-7;

  private static final float[] EXTREMES = {
    0f,
    -0f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    1e-40f,
    -1e-39f,
    Float.MIN_NORMAL,
    1e-20f,
    -1e-20f,
    1e9f,
    -1e9f,
    88f,
    -88f,
    104f,
    -104f,
    14f,
    -14f,
    9f,
    -9f,
    1e-3f,
    -1e-3f,
    65504f,
    65519f,
    65520f,
    -65520f,
    5.9604645e-8f,
    2.9802322e-8f,
    2.9802326e-8f,
    6.1e-5f,
    -6.097555e-5f,
    1.0009766f,
    0x1.002p0f,
    0x1.002002p0f,
    0x1.01p0f,
    0x1.03p0f,
    3.3895314e38f,
    3.4e38f,
    -3.4e38f
  };

  private final ElementwiseKernel scalar = new ScalarElementwise();
  private final ElementwiseKernel vector = new VectorElementwise();

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void arithmeticMatchesScalar(int n) {
    MemorySegment a = Floats.normal(1, n, 1);
    MemorySegment b = Floats.normal(2, n, 3);
    same(n, (k, out) -> k.add(out, a, b, n), 0);
    same(n, (k, out) -> k.multiply(out, a, b, n), 0);
    same(n, (k, out) -> k.scale(out, a, -0.3f, n), 0);
    same(n, (k, out) -> k.addScaled(out, 0.7f, a, -1.3f, b, n), TOLERANCE);
    same(n, (k, out) -> k.clip(out, a, 0.8f, n), 0);
    same(n, (k, out) -> k.clipBackward(out, a, b, 0.8f, n), 0);
    MemorySegment start = Floats.normal(6, n, 1);
    same(n, (k, out) -> k.addProduct(out.copyFrom(start), a, b, n), TOLERANCE);
    assertThat(vector.dot(a, b, n)).isCloseTo(scalar.dot(a, b, n), within(1e-6f * n));
    assertThat(vector.sumOfSquares(a, n)).isCloseTo(scalar.sumOfSquares(a, n), within(1e-7 * n));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void everyActivationMatchesScalar(int n) {
    MemorySegment x = Floats.normal(3, n, 4);
    MemorySegment y = Floats.normal(4, n, 1);
    MemorySegment z = Floats.normal(5, n, 1);
    for (Activation f : Activation.values()) {
      checkActivation(f, x, y, z, n);
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activationsMatchScalarAtExtremeValues(Activation f) {
    int n = EXTREMES.length * 8;
    MemorySegment x = Floats.zeros(n);
    MemorySegment y = Floats.zeros(n);
    for (int i = 0; i < n; i++) {
      Lanes.set(x, i, EXTREMES[i / 8]);
      Lanes.set(y, i, i % 8 - 3.5f);
    }
    MemorySegment got = Floats.zeros(n);
    MemorySegment want = Floats.zeros(n);
    vector.activate(got, x, f, n);
    scalar.activate(want, x, f, n);
    assertClose(f + " value", got, want, NEGLIGIBLE, TOLERANCE);
    vector.activateBackward(got, x, y, f, n);
    scalar.activateBackward(want, x, y, f, n);
    assertClose(f + " derivative", got, want, SLOPE_TOLERANCE * 4, TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void clampedGateMatchesScalar(int n) {
    Gating.Clamped f = new Gating.Clamped(1.5f, 1.702f);
    MemorySegment x = Floats.normal(3, n, 4);
    MemorySegment y = Floats.normal(4, n, 1);
    MemorySegment z = Floats.normal(5, n, 1);
    same(n, (k, out) -> k.gate(out, x, y, f, n), TOLERANCE);
    MemorySegment other = Floats.zeros(n);
    same(n, (k, out) -> k.gateBackward(out, other, x, y, z, f, n), 10 * SLOPE_TOLERANCE);
    same(n, (k, out) -> k.gateBackward(other, out, x, y, z, f, n), SLOPE_TOLERANCE);
  }

  private void checkActivation(
      Activation f, MemorySegment x, MemorySegment y, MemorySegment z, int n) {
    MemorySegment got = Floats.zeros(n);
    MemorySegment want = Floats.zeros(n);
    vector.activate(got, x, f, n);
    scalar.activate(want, x, f, n);
    assertClose(f + " value", got, want, NEGLIGIBLE, TOLERANCE);
    vector.gate(got, x, y, f, n);
    scalar.gate(want, x, y, f, n);
    assertClose(f + " gate", got, want, NEGLIGIBLE, TOLERANCE);
    vector.activateBackward(got, x, y, f, n);
    scalar.activateBackward(want, x, y, f, n);
    assertClose(f + " derivative", got, want, SLOPE_TOLERANCE, TOLERANCE);
    MemorySegment got2 = Floats.zeros(n);
    MemorySegment want2 = Floats.zeros(n);
    vector.gateBackward(got, got2, x, y, z, f, n);
    scalar.gateBackward(want, want2, x, y, z, f, n);
    // up times dOut, up to 10 here, is a factor of the error
    assertClose(f + " dGate", got, want, 10 * SLOPE_TOLERANCE, TOLERANCE);
    assertClose(f + " dUp", got2, want2, NEGLIGIBLE, TOLERANCE);
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void outputsMayReplaceInputs(Activation f) {
    int n = 207;
    MemorySegment x = Floats.normal(3, n, 2);
    MemorySegment y = Floats.normal(4, n, 1);
    MemorySegment z = Floats.normal(5, n, 1);
    for (ElementwiseKernel k : new ElementwiseKernel[] {scalar, vector}) {
      MemorySegment want = Floats.zeros(n);
      MemorySegment want2 = Floats.zeros(n);
      MemorySegment got = Floats.copy(x);
      k.activate(want, x, f, n);
      k.activate(got, got, f, n);
      assertClose("activate", got, want, 0, 0);
      k.activateBackward(want, x, y, f, n);
      got = Floats.copy(y);
      k.activateBackward(got, x, got, f, n);
      assertClose("activateBackward", got, want, 0, 0);
      k.gateBackward(want, want2, x, y, z, f, n);
      MemorySegment[] places = {Floats.copy(x), Floats.copy(y), Floats.copy(z)};
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          if (i != j) {
            MemorySegment[] p = {
              Floats.copy(places[0]), Floats.copy(places[1]), Floats.copy(places[2])
            };
            k.gateBackward(p[i], p[j], p[0], p[1], p[2], f, n);
            assertClose("dGate in place " + i, p[i], want, 0, 0);
            assertClose("dUp in place " + j, p[j], want2, 0, 0);
          }
        }
      }
    }
  }

  @Test
  void activationsStayWithinAFewRoundingsOverTheWholeRange() {
    int n = 200_000;
    MemorySegment x = Floats.zeros(n);
    for (int i = 0; i < n; i++) {
      Lanes.set(x, i, (float) ((i - n / 2) * (40.0 / n)));
    }
    MemorySegment ones = Floats.zeros(n);
    for (int i = 0; i < n; i++) {
      Lanes.set(ones, i, 1);
    }
    for (Activation f : Activation.values()) {
      MemorySegment got = Floats.zeros(n);
      MemorySegment want = Floats.zeros(n);
      vector.activate(got, x, f, n);
      scalar.activate(want, x, f, n);
      assertClose(f + " value", got, want, NEGLIGIBLE, TOLERANCE);
      vector.activateBackward(got, x, ones, f, n);
      scalar.activateBackward(want, x, ones, f, n);
      assertClose(f + " derivative", got, want, 4e-7, 4e-7);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void dropoutIsIdenticalInEveryBit(int n) {
    MemorySegment x = Floats.normal(6, n, 1);
    for (long first : new long[] {0, 12345, 0xffffffffL - 100, 0x7fffffffL - 3, 1L << 40}) {
      for (float p : new float[] {0, 0.1f, 0.5f, 0.9f}) {
        same(n, (k, out) -> k.dropout(out, x, p, 0x123456789abcdefL, first, n), 0);
      }
    }
  }

  @Test
  void dropoutKeepsTheExpectedShareAndScalesIt() {
    int n = 100_000;
    MemorySegment x = Floats.zeros(n);
    for (int i = 0; i < n; i++) {
      Lanes.set(x, i, 1);
    }
    MemorySegment out = Floats.zeros(n);
    vector.dropout(out, x, 0.25f, 42, 0, n);
    int kept = 0;
    for (int i = 0; i < n; i++) {
      boolean keep = CounterRandom.keep(42, i, 0.25f);
      assertThat(Lanes.get(out, i)).isEqualTo(keep ? 1 / 0.75f : 0);
      kept += keep ? 1 : 0;
    }
    assertThat(kept / (double) n).isCloseTo(0.75, within(0.006));
    assertThatThrownBy(() -> vector.dropout(out, x, 1, 42, 0, n))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("dropout: the probability must be in [0, 1), got 1.0");
  }

  @Test
  void rowsAndColumnsMatchScalar() {
    for (int rows : new int[] {1, 3, 4, 5, 64}) {
      for (int cols : new int[] {1, 4, 7, 13, 64, 207, 4098}) {
        MemorySegment x = Floats.normal(7, rows * cols, 1);
        MemorySegment bias = Floats.normal(8, cols, 1);
        same(rows * cols, (k, out) -> k.addBias(out, x, bias, rows, cols), 0);
        MemorySegment got = Floats.copy(bias);
        MemorySegment want = Floats.copy(bias);
        vector.addColumnSums(got, x, rows, cols);
        scalar.addColumnSums(want, x, rows, cols);
        assertClose("column sums", got, want, 3e-6, TOLERANCE);
      }
    }
  }

  @Test
  void conversionsMatchScalar() {
    for (int n : new int[] {1, 4, 7, 13, 64, 207, 4098, EXTREMES.length * 8}) {
      MemorySegment x = Floats.normal(9, n, 1);
      for (int i = 0; n == EXTREMES.length * 8 && i < n; i++) {
        Lanes.set(x, i, EXTREMES[i / 8]);
      }
      for (DType half : new DType[] {DType.BF16, DType.F16}) {
        MemorySegment got = Floats.zeros((n + 1) / 2);
        MemorySegment want = Floats.zeros((n + 1) / 2);
        vector.convert(got, half, x, DType.F32, n);
        scalar.convert(want, half, x, DType.F32, n);
        MemorySegment gotBack = Floats.zeros(n);
        MemorySegment wantBack = Floats.zeros(n);
        vector.convert(gotBack, DType.F32, got, half, n);
        scalar.convert(wantBack, DType.F32, want, half, n);
        assertClose(half + " there and back", gotBack, wantBack, 0, 0);
        DType other = half == DType.BF16 ? DType.F16 : DType.BF16;
        vector.convert(got, other, want, half, n);
        vector.convert(gotBack, DType.F32, got, other, n);
        scalar.convert(got, other, want, half, n);
        scalar.convert(wantBack, DType.F32, got, other, n);
        assertClose(half + " to " + other, gotBack, wantBack, 0, 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void everyHalfPrecisionValueSurvives(DType half) {
    int n = 1 << 16;
    MemorySegment bits = Floats.zeros(n / 2);
    for (int i = 0; i < n; i++) {
      bits.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 2L * i, (short) i);
    }
    MemorySegment got = Floats.zeros(n);
    MemorySegment want = Floats.zeros(n);
    vector.convert(got, DType.F32, bits, half, n);
    scalar.convert(want, DType.F32, bits, half, n);
    assertClose(half + " values", got, want, 0, 0);
    MemorySegment back = Floats.zeros(n / 2);
    vector.convert(back, half, got, DType.F32, n);
    MemorySegment again = Floats.zeros(n);
    vector.convert(again, DType.F32, back, half, n);
    assertClose(half + " values", again, want, 0, 0);
  }

  @Test
  void otherTypesAreRefused() {
    MemorySegment x = Floats.zeros(4);
    for (ElementwiseKernel k : new ElementwiseKernel[] {scalar, vector}) {
      assertThatThrownBy(() -> k.convert(Floats.zeros(4), DType.F32, x, DType.I32, 4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("convert: types must be f32, bf16 or f16, got i32");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void transposeMatchesScalar(int elementBytes) {
    int[] sizes = {1, 2, 3, 4, 7, 13, 33, 64, 207};
    for (int rows : sizes) {
      for (int cols : sizes) {
        int n = (rows * cols * elementBytes + 3) / 4;
        MemorySegment x = Floats.normal(10, n, 1);
        MemorySegment got = Floats.zeros(n);
        MemorySegment want = Floats.zeros(n);
        vector.transpose(got, x, elementBytes, rows, cols);
        scalar.transpose(want, x, elementBytes, rows, cols);
        assertThat(got.mismatch(want)).as(rows + " x " + cols).isEqualTo(-1);
      }
    }
  }

  private void same(int n, Call call, double tolerance) {
    MemorySegment got = Floats.zeros(n);
    MemorySegment want = Floats.zeros(n);
    call.run(vector, got);
    call.run(scalar, want);
    assertClose("n " + n, got, want, tolerance, tolerance);
  }

  private interface Call {
    void run(ElementwiseKernel kernel, MemorySegment out);
  }
}
