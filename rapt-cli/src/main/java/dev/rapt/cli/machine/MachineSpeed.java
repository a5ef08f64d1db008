package dev.rapt.cli.machine;

import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;

/** Measures the peak speeds of the machine, with which results are compared. */
public final class MachineSpeed {
  /** Larger than any cache. */
  private static final long READ_BYTES = 256L << 20;

  private static final int LONGS_PER_LINE = 8;

  /** Size of the square matrices: large enough for the peak; a product takes milliseconds. */
  private static final int MATRIX_SIZE = 1024;

  private static final long NANOS_PER_MEASUREMENT = 600_000_000L;

  private static final long MOST_NANOS = 6_000_000_000L;

  private MachineSpeed() {}

  /**
   * Memory bandwidth of reads in bytes/s, the best of several passes.
   *
   * @param threads number of threads, at most those of the workers
   */
  public static double readBytesPerSecond(int threads) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(READ_BYTES, 64);
      memory.fill((byte) 1);
      long[] sums = new long[threads];
      return best(() -> {
        Workers.shared()
            .run(
                threads,
                i ->
                    sums[i] =
                        sum(
                            memory,
                            lineStart(READ_BYTES * i / threads),
                            lineStart(READ_BYTES * (i + 1) / threads)));
        return READ_BYTES;
      });
    }
  }

  private static long lineStart(long offset) {
    return offset / 64 * 64;
  }

  /** Sums with eight independent accumulators, so that loads are the bottleneck. */
  private static long sum(MemorySegment memory, long from, long to) {
    long a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    for (long at = from; at < to; at += LONGS_PER_LINE * Long.BYTES) {
      a += memory.get(ValueLayout.JAVA_LONG, at);
      b += memory.get(ValueLayout.JAVA_LONG, at + 8);
      c += memory.get(ValueLayout.JAVA_LONG, at + 16);
      d += memory.get(ValueLayout.JAVA_LONG, at + 24);
      e += memory.get(ValueLayout.JAVA_LONG, at + 32);
      f += memory.get(ValueLayout.JAVA_LONG, at + 40);
      g += memory.get(ValueLayout.JAVA_LONG, at + 48);
      h += memory.get(ValueLayout.JAVA_LONG, at + 56);
    }
    return a + b + c + d + e + f + g + h;
  }

  /** Peak of matrix products on all workers, in FLOP/s. */
  public static double matmulFlops(DType dtype) {
    long n = MATRIX_SIZE;
    try (Arena arena = Arena.ofShared()) {
      Matrix a = matrix(arena, dtype);
      Matrix b = matrix(arena, dtype);
      Matrix c = matrix(arena, dtype);
      return best(() -> {
        Matmul.multiply(a, b.transposed(), null, c, false); // the form of a linear layer
        return 2 * n * n * n;
      });
    }
  }

  private static Matrix matrix(Arena arena, DType dtype) {
    long n = MATRIX_SIZE;
    MemorySegment memory = arena.allocate(n * n * dtype.byteSize(), 64);
    // Small numbers in either type: zeros may run faster, denormals slower.
    for (long i = 0; i < n * n; i++) {
      float value = (i % 7 - 3) / 4f;
      if (dtype == DType.F32) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      } else {
        memory.setAtIndex(
            ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    return Matrix.of(memory, dtype, n, n);
  }

  /**
   * Work per second of the fastest run. Runs go on until none has been faster for a while: a
   * process that has just begun still compiles the loops.
   */
  private static double best(LongSupplier work) {
    double best = 0;
    long begin = System.nanoTime();
    long improved = begin;
    long now = begin;
    while (now - improved < NANOS_PER_MEASUREMENT && now - begin < MOST_NANOS) {
      long done = work.getAsLong();
      long end = System.nanoTime();
      double speed = done * 1e9 / (end - now);
      improved = speed > 1.02 * best ? end : improved;
      best = Math.max(best, speed);
      now = end;
    }
    return best;
  }
}
