package dev.rapt.compute;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Epilogue;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.onednn.OneDnn;
import dev.rapt.kernel.scalar.ScalarMatmul;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FusedMatmulTest {
  /** As in {@link MatmulTest}; the functions have slopes up to 1.2. */
  private static final double F32_TOLERANCE = 5e-6;

  /** Half a unit in the last place of bf16. */
  private static final double BF16_TOLERANCE = 1.0 / 256 + 1e-5;

  private static final int[] SIZES = {1, 4, 7, 13, 64, 207};
  private static final DType[][] TYPES = {
    {DType.F32, DType.F32}, {DType.BF16, DType.BF16}, {DType.BF16, DType.F32}
  };

  private final SplittableRandom random = new SplittableRandom(11);
  private final ElementwiseKernel scalar = KernelChoice.scalar().elementwise();

  @Test
  void whatFollowsAProductMatchesSeparateSteps() {
    Set<Activation> fused = EnumSet.noneOf(Activation.class);
    for (Activation f : Activation.values()) {
      for (DType[] types : TYPES) {
        for (int i = 0; i < 8; i++) {
          int m = SIZES[random.nextInt(SIZES.length)];
          int n = SIZES[random.nextInt(SIZES.length)];
          int k = SIZES[random.nextInt(SIZES.length)];
          if (compare(m, n, k, types[0], types[1], f, random.nextBoolean())) {
            fused.add(f);
          }
        }
      }
    }
    boolean fuses = OneDnn.isAvailable();
    assertThat(fused.contains(Activation.GELU)).isEqualTo(fuses);
    assertThat(fused.contains(Activation.IDENTITY)).isEqualTo(fuses);
  }

  @Test
  void slicesOfSeveralThreadsFitTogether() {
    for (DType[] types : TYPES) {
      compare(515, 259, 64, types[0], types[1], Activation.GELU, true);
      compare(33, 1025, 67, types[0], types[1], Activation.IDENTITY, true);
    }
  }

  @Test
  void anAddendOfAnotherSizeIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix a = random(arena, DType.F32, 3, 4, 0);
      Matrix b = random(arena, DType.F32, 4, 5, 0);
      Matrix c = random(arena, DType.F32, 3, 5, 0);
      Epilogue epilogue = new Epilogue(Activation.IDENTITY, random(arena, DType.F32, 3, 4, 0));
      assertThatThrownBy(() -> Matmul.multiply(a, b, null, c, epilogue))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "matmul: the addend must match the result (3, 5) f32, row-major, got (3, 4) f32");
    }
  }

  /** Returns whether there was anything to compare. */
  private boolean compare(
      int m, int n, int k, DType type, DType resultType, Activation f, boolean adds) {
    try (Arena arena = Arena.ofShared()) {
      Matrix a = random(arena, type, m, k, random.nextInt(2) * 5);
      Matrix b = random(arena, type, n, k, random.nextInt(2) * 3).transposed();
      Matrix c = random(arena, resultType, m, n, random.nextInt(2) * 7);
      if (!Matmul.fuses(a, b, c, f, adds)) {
        return false;
      }
      Matrix addend = adds ? random(arena, resultType, m, n, random.nextInt(2) * 9) : null;
      MemorySegment bias = random.nextBoolean() ? random(arena, DType.F32, 1, n, 0).memory() : null;
      Matmul.multiply(a, b, bias, c, new Epilogue(f, addend));
      float[] want = separateSteps(arena, a, b, bias, f, addend);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          float value = want[i * n + j];
          double tolerance = F32_TOLERANCE * Math.max(1, Math.sqrt(k));
          if (resultType == DType.BF16) {
            tolerance += BF16_TOLERANCE * Math.abs(value);
          }
          assertThat((double) get(c, i, j) - value)
              .as(
                  "%s (%d, %d) x (%d, %d) %s, %s at %d, %d: %s",
                  f, m, k, k, n, type, addend, i, j, value)
              .isBetween(-tolerance, tolerance);
        }
      }
      return true;
    }
  }

  /** In f32, so that nothing is rounded on the way. */
  private float[] separateSteps(
      Arena arena,
      Matrix a,
      Matrix b,
      @Nullable MemorySegment bias,
      Activation f,
      @Nullable Matrix addend) {
    int m = (int) a.rows(), n = (int) b.cols();
    Matrix product = Matrix.of(arena.allocate(4L * m * n, 64), DType.F32, m, n);
    new ScalarMatmul().multiply(a, b, bias, product, false);
    if (f != Activation.IDENTITY) {
      scalar.activate(product.memory(), product.memory(), f, (long) m * n);
    }
    float[] values = product.memory().toArray(JAVA_FLOAT);
    for (int i = 0; addend != null && i < values.length; i++) {
      values[i] += get(addend, i / n, i % n);
    }
    return values;
  }

  private static float get(Matrix m, long row, long col) {
    long index = m.offset() + row * m.rowStride() + col * m.colStride();
    return m.dtype() == DType.F32
        ? m.memory().getAtIndex(JAVA_FLOAT, index)
        : Float.intBitsToFloat(m.memory().getAtIndex(JAVA_SHORT, index) << 16);
  }

  private Matrix random(Arena arena, DType type, int rows, int cols, int padding) {
    long stride = (long) cols + padding;
    long count = rows * stride;
    MemorySegment memory = arena.allocate(count * type.byteSize(), 64);
    for (long i = 0; i < count; i++) {
      float value = (float) (2 * random.nextDouble() - 1);
      if (type == DType.F32) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      } else {
        memory.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    return new Matrix(memory, 0, type, rows, cols, stride, 1);
  }
}
