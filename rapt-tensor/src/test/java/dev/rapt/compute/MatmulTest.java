package dev.rapt.compute;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.onednn.OneDnn;
import dev.rapt.kernel.onednn.OneDnnMatmul;
import dev.rapt.kernel.scalar.ScalarMatmul;
import dev.rapt.kernel.vector.product.VectorHalfProducts;
import dev.rapt.kernel.vector.product.VectorMatmul;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MatmulTest {
  /** Sums of K products of values in [-1, 1]: the rounding of f32 grows with the root of K. */
  private static final double F32_TOLERANCE = 4e-6;

  /** Half a unit in the last place of bf16. */
  private static final double BF16_TOLERANCE = 1.0 / 256 + 1e-5;

  private static final MatmulKernel REFERENCE = new ScalarMatmul();
  private static final DType[] TYPES = {DType.F32, DType.BF16};
  private static final int[] SIZES = {1, 4, 7, 13, 64, 207};

  private final SplittableRandom random = new SplittableRandom(7);

  private static final MatmulKernel WORKERS =
      new MatmulKernel() {
        @Override
        public String name() {
          return "all workers";
        }

        @Override
        public boolean supports(DType a, DType b, DType c) {
          return true;
        }

        @Override
        public void multiply(
            Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
          Matmul.multiply(a, b, bias, c, accumulate);
        }
      };

  /** Has everything widened for it. */
  private static final MatmulKernel F32_ONLY =
      new MatmulKernel() {
        @Override
        public String name() {
          return "f32 only";
        }

        @Override
        public boolean supports(DType a, DType b, DType c) {
          return a == DType.F32 && b == DType.F32 && c == DType.F32;
        }

        @Override
        public void multiply(
            Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
          REFERENCE.multiply(a, b, bias, c, accumulate);
        }
      };

  static List<MatmulKernel> kernels() {
    List<MatmulKernel> kernels = new ArrayList<>();
    kernels.add(WORKERS);
    kernels.add(new ConvertingMatmul(F32_ONLY, KernelChoice.scalar().elementwise()));
    if (OneDnn.isAvailable()) {
      kernels.add(new OneDnnMatmul());
    }
    kernels.add(new VectorMatmul());
    return kernels;
  }

  @Test
  void everyKernelMatchesTheReferenceForMixedSizesOrdersAndStrides() {
    for (MatmulKernel kernel : kernels()) {
      for (int i = 0; i < 50; i++) {
        int m = SIZES[random.nextInt(SIZES.length)];
        int n = SIZES[random.nextInt(SIZES.length)];
        int k = SIZES[random.nextInt(SIZES.length)];
        compare(kernel, m, n, k, DType.F32, DType.F32, DType.F32);
      }
    }
  }

  @Test
  void everyCombinationOfTypesMatchesTheReference() {
    for (MatmulKernel kernel : kernels()) {
      for (DType a : TYPES) {
        for (DType b : TYPES) {
          for (DType c : TYPES) {
            if (!kernel.supports(a, b, c)) {
              continue;
            }
            for (int i = 0; i < 8; i++) {
              int m = SIZES[random.nextInt(SIZES.length)];
              int n = SIZES[random.nextInt(SIZES.length)];
              int k = SIZES[random.nextInt(SIZES.length)];
              compare(kernel, m, n, k, a, b, c);
            }
          }
        }
      }
    }
  }

  @Test
  void weightsOfSixteenBitsAreReadExactly() {
    for (MatmulKernel kernel : List.of(WORKERS, new VectorHalfProducts(), oneDnnOrWorkers())) {
      for (DType type : new DType[] {DType.BF16, DType.F16}) {
        if (!kernel.supports(DType.F32, type, DType.F32)) {
          continue;
        }
        for (int rows : new int[] {1, 2, 3, 5, 9, 40}) {
          for (int size : SIZES) {
            compareRowMajor(kernel, rows, size, 71, type);
            compareRowMajor(kernel, rows, 71, size, type);
          }
          if (rows < 3) {
            compareRowMajor(kernel, rows, 1025, 515, type);
          }
        }
      }
    }
  }

  /** As {@link #compare}, with a in the order in which activations lie. */
  private void compareRowMajor(MatmulKernel kernel, int m, int n, int k, DType type) {
    for (boolean transposed : new boolean[] {false, true}) {
      try (Arena arena = Arena.ofShared()) {
        Matrix a = random(arena, DType.F32, m, k, false, random.nextInt(2) * 5);
        Matrix b = random(arena, type, k, n, transposed, random.nextInt(2) * 3);
        compare(kernel, arena, a, b, DType.F32);
      }
    }
  }

  @Test
  void extremeHalvesAreReadExactly() {
    short[] halves = {
      0x0001,
      0x03ff,
      0x0400,
      0x7bff,
      (short) 0x8001,
      (short) 0xfbff,
      0x7c00,
      (short) 0xfc00,
      0x7e01,
      0,
      (short) 0x8000,
      0x3c00
    };
    float[] ones = {0x1p-24f, 1, -1, 3};
    try (Arena arena = Arena.ofShared()) {
      int n = 16 * halves.length;
      for (DType type : new DType[] {DType.BF16, DType.F16}) {
        MemorySegment row = arena.allocate(2L * n, 64);
        for (int i = 0; i < n; i++) {
          row.setAtIndex(JAVA_SHORT, i, halves[i % halves.length]);
        }
        for (float one : ones) {
          MemorySegment x = arena.allocate(4, 64);
          x.set(JAVA_FLOAT, 0, one);
          Matrix got = Matrix.of(arena.allocate(4L * n, 64), DType.F32, 1, n);
          for (Matrix b :
              List.of(Matrix.of(row, type, 1, n), new Matrix(row, 0, type, 1, n, 1, 1))) {
            Matmul.multiply(Matrix.of(x, DType.F32, 1, 1), b, null, got, false);
            for (int i = 0; i < n; i++) {
              float want = one * get(b, 0, i);
              assertThat(get(got, 0, i) + 0f)
                  .as("%s %d", type, i)
                  .isEqualTo(Float.valueOf(want + 0f));
            }
          }
        }
      }
    }
  }

  private static MatmulKernel oneDnnOrWorkers() {
    return OneDnn.isAvailable() ? new OneDnnMatmul() : WORKERS;
  }

  @Test
  void sizesBeyondOneBlockMatchTheReference() {
    for (MatmulKernel kernel : kernels()) {
      compare(kernel, 1025, 67, 33, DType.F32, DType.F32, DType.F32);
      compare(kernel, 66, 1025, 35, DType.F32, DType.F32, DType.F32);
      compare(kernel, 65, 36, 1025, DType.F32, DType.F32, DType.F32);
      compare(kernel, 1, 1025, 1025, DType.F32, DType.F32, DType.F32);
    }
    compare(WORKERS, 1025, 67, 33, DType.BF16, DType.BF16, DType.BF16);
    compare(WORKERS, 66, 1025, 35, DType.BF16, DType.BF16, DType.F32);
    compare(WORKERS, 65, 36, 1025, DType.BF16, DType.BF16, DType.BF16);
    compare(WORKERS, 1, 1025, 1025, DType.F32, DType.BF16, DType.F32);
    compare(WORKERS, 513, 33, 515, DType.F32, DType.F32, DType.F32);
    compare(WORKERS, 3, 1025, 1025, DType.BF16, DType.BF16, DType.BF16);
  }

  @Test
  void theSameCallGivesTheSameBits() {
    try (Arena arena = Arena.ofShared()) {
      for (DType type : TYPES) {
        Matrix a = random(arena, type, 257, 300, false, 0);
        Matrix b = random(arena, type, 300, 515, true, 3);
        Matrix first = Matrix.of(arena.allocate(4L * 257 * 515, 64), DType.F32, 257, 515);
        Matrix second = Matrix.of(arena.allocate(4L * 257 * 515, 64), DType.F32, 257, 515);
        Matmul.multiply(a, b, null, first, false);
        Matmul.multiply(a, b, null, second, false);
        assertThat(first.memory().mismatch(second.memory())).isEqualTo(-1);
      }
    }
  }

  @Test
  void concurrentCallsDoNotDisturbEachOther() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Long>> calls = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        DType type = TYPES[i % 2];
        int m = 32 + 16 * (i % 5);
        Matrix a = random(arena, type, m, 129, i % 3 == 0, 0);
        Matrix b = random(arena, type, 129, 130, i % 4 == 0, 0);
        Matrix c = Matrix.of(arena.allocate(4L * m * 130, 64), DType.F32, m, 130);
        Matrix again = Matrix.of(arena.allocate(4L * m * 130, 64), DType.F32, m, 130);
        Matmul.multiply(a, b, null, c, false);
        calls.add(() -> {
          long mismatch = -1;
          for (int repeat = 0; repeat < 20 && mismatch == -1; repeat++) {
            again.memory().fill((byte) 0);
            Matmul.multiply(a, b, null, again, false);
            mismatch = c.memory().mismatch(again.memory());
          }
          return mismatch;
        });
      }
      for (Future<Long> mismatch : executor.invokeAll(calls)) {
        assertThat(mismatch.get()).isEqualTo(-1);
      }
    }
  }

  @Test
  void emptySumsAreTheBiasOrLeaveWhatIsThere() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix a = Matrix.of(arena.allocate(4), DType.F32, 3, 0);
      Matrix b = Matrix.of(arena.allocate(4), DType.F32, 0, 2);
      MemorySegment bias = arena.allocateFrom(JAVA_FLOAT, 5, 6);
      Matrix c = Matrix.of(arena.allocateFrom(JAVA_FLOAT, 1, 1, 1, 1, 1, 1), DType.F32, 3, 2);
      Matmul.multiply(a, b, null, c, true);
      assertThat(c.memory().toArray(JAVA_FLOAT)).containsExactly(1, 1, 1, 1, 1, 1);
      Matmul.multiply(a, b, bias, c, false);
      assertThat(c.memory().toArray(JAVA_FLOAT)).containsExactly(5, 6, 5, 6, 5, 6);
      Matmul.multiply(a, b, null, c, false);
      assertThat(c.memory().toArray(JAVA_FLOAT)).containsOnly(0);
      Matmul.multiply(
          Matrix.of(arena.allocate(4), DType.F32, 0, 4),
          Matrix.of(arena.allocate(4 * 8), DType.F32, 4, 2),
          null,
          Matrix.of(arena.allocate(4), DType.F32, 0, 2),
          false);
    }
  }

  @Test
  void sizesThatDoNotFitAreRefusedWithTheirValues() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4 * 128 * 64);
      Matrix a = Matrix.of(memory, DType.F32, 2, 64);
      Matrix b = Matrix.of(memory, DType.F32, 128, 32);
      Matrix c = Matrix.of(memory, DType.F32, 2, 32);
      assertThatThrownBy(() -> Matmul.multiply(a, b, null, c, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("matmul: inner dimensions differ, got a (2, 64) and b (128, 32)");
      assertThatThrownBy(() -> Matmul.multiply(a, b.rows(0, 64), null, c.rows(0, 1), false))
          .hasMessage("matmul: result must be (2, 32), got (1, 32) for a (2, 64) and b (64, 32)");
      assertThatThrownBy(() -> Matmul.multiply(a, b.rows(0, 64), arena.allocate(4), c, false))
          .hasMessage("matmul: bias must hold 32 f32, got 4 bytes");
      Matrix beyond = new Matrix(arena.allocate(100), 0, DType.F32, 2, 64, 64, 1);
      assertThatThrownBy(() -> Matmul.multiply(beyond, b.rows(0, 64), null, c, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a must fit in its memory");
    }
  }

  @Test
  void slicesCoverEveryElementOnce() {
    for (int threads : new int[] {2, 3, 8, 64, 192}) {
      for (long[] size : new long[][] {{1, 1}, {1, 50257}, {17, 33}, {1024, 768}, {4096, 100}}) {
        Matmul.Grid grid = Matmul.Grid.of(size[0], size[1], threads);
        assertThat(grid.count()).isBetween(1, threads);
        assertThat(grid.sliceRows() * grid.down()).isGreaterThanOrEqualTo(size[0]);
        assertThat(grid.sliceCols() * grid.across()).isGreaterThanOrEqualTo(size[1]);
        assertThat(grid.rowFrom(grid.count() - 1)).isLessThan(size[0]);
        assertThat(grid.colFrom(grid.count() - 1)).isLessThan(size[1]);
      }
    }
  }

  /** With either order of a and b, with and without bias, overwriting and accumulating. */
  private void compare(MatmulKernel kernel, int m, int n, int k, DType at, DType bt, DType ct) {
    try (Arena arena = Arena.ofShared()) {
      Matrix a = random(arena, at, m, k, random.nextBoolean(), random.nextInt(2) * 5);
      Matrix b = random(arena, bt, k, n, random.nextBoolean(), random.nextInt(2) * 3);
      compare(kernel, arena, a, b, ct);
    }
  }

  private void compare(MatmulKernel kernel, Arena arena, Matrix a, Matrix b, DType ct) {
    int m = (int) a.rows(), n = (int) b.cols(), k = (int) a.cols();
    boolean accumulate = random.nextBoolean();
    MemorySegment bias = null;
    if (!accumulate && random.nextBoolean()) {
      bias = random(arena, DType.F32, 1, n, false, 0).memory();
    }
    Matrix want = random(arena, ct, m, n, false, random.nextInt(2) * 7);
    MemorySegment copy = arena.allocate(want.memory().byteSize(), 64).copyFrom(want.memory());
    Matrix got = new Matrix(copy, want.offset(), ct, m, n, want.rowStride(), 1);
    // without rounding, so that two roundings next to each other do not add up
    Matrix exact = Matrix.of(arena.allocate(4L * m * n, 64), DType.F32, m, n);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        exact.memory().setAtIndex(JAVA_FLOAT, (long) i * n + j, get(want, i, j));
      }
    }
    REFERENCE.multiply(a, b, bias, exact, accumulate);
    kernel.multiply(a, b, bias, got, accumulate);
    String what =
        "%s: (%d, %d) %s x (%d, %d) %s -> %s, strides %d %d, %d %d, %d, %s %s"
            .formatted(
                kernel.name(),
                m,
                k,
                a.dtype().label(),
                k,
                n,
                b.dtype().label(),
                ct.label(),
                a.rowStride(),
                a.colStride(),
                b.rowStride(),
                b.colStride(),
                got.rowStride(),
                bias == null ? "no bias" : "bias",
                accumulate ? "accumulating" : "overwriting");
    assertClose(what, got, exact, k);
    assertOnlyElementsChanged(what, got, want);
  }

  private static void assertClose(String what, Matrix got, Matrix exact, int k) {
    for (int i = 0; i < got.rows(); i++) {
      for (int j = 0; j < got.cols(); j++) {
        double want = get(exact, i, j);
        double tolerance = F32_TOLERANCE * Math.max(1, Math.sqrt(k));
        if (got.dtype() == DType.BF16) {
          tolerance += BF16_TOLERANCE * Math.abs(want);
        }
        double value = get(got, i, j);
        if (!(Math.abs(value - want) <= tolerance)) {
          throw new AssertionError(what + ": at " + i + ", " + j + " " + value + ", not " + want);
        }
      }
    }
  }

  /** What lies between the rows of the result is as before. */
  private static void assertOnlyElementsChanged(String what, Matrix got, Matrix before) {
    int bytes = got.dtype().byteSize();
    for (int i = 0; i + 1 < got.rows(); i++) {
      long from = (got.offset() + i * got.rowStride() + got.cols()) * bytes;
      long to = (got.offset() + (i + 1) * got.rowStride()) * bytes;
      for (long at = from; at < to; at++) {
        assertThat(got.memory().get(JAVA_BYTE, at))
            .as(what)
            .isEqualTo(before.memory().get(JAVA_BYTE, at));
      }
    }
  }

  private Matrix random(
      Arena arena, DType type, int rows, int cols, boolean transposed, int padding) {
    if (transposed) {
      return random(arena, type, cols, rows, false, padding).transposed();
    }
    long stride = (long) cols + padding;
    long offset = padding;
    long count = offset + rows * stride;
    MemorySegment memory = arena.allocate(count * type.byteSize(), 64);
    for (long i = 0; i < count; i++) {
      float value = (float) (2 * random.nextDouble() - 1);
      if (type == DType.F32) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      } else if (type == DType.F16) {
        memory.setAtIndex(JAVA_SHORT, i, Float.floatToFloat16(value));
      } else {
        memory.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    return new Matrix(memory, offset, type, rows, cols, stride, 1);
  }

  private static float get(Matrix m, long row, long col) {
    long index = m.offset() + row * m.rowStride() + col * m.colStride();
    return switch (m.dtype()) {
      case F32 -> m.memory().getAtIndex(JAVA_FLOAT, index);
      case F16 -> Float.float16ToFloat(m.memory().getAtIndex(JAVA_SHORT, index));
      default -> Float.intBitsToFloat(m.memory().getAtIndex(JAVA_SHORT, index) << 16);
    };
  }
}
