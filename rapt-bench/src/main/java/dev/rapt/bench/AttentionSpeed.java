package dev.rapt.bench;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.sun.management.ThreadMXBean;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.AttentionKernel.Gradients;
import dev.rapt.kernel.AttentionKernel.Inputs;
import dev.rapt.kernel.AttentionKernel.Results;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;

/**
 * Speed of causal attention on one thread, by the thread's own CPU time, which other programs
 * disturb less than the time of day: GFLOP/s of training shapes (4 E a pair of query and key seen
 * forward, 10 E backward) and GB/s of keys and values read for a single query each. Median and best
 * twentieth of the calls after a warm-up; bytes allocated by the last call, which should be few.
 */
public final class AttentionSpeed {
  private AttentionSpeed() {}

  /** A shape; S keys for T queries, the last of which see all. */
  private record Shape(int B, int T, int S, int H, int G, int E) {
    double pairs() {
      return (double) B * H * ((double) T * (T + 1) / 2 + (double) T * (S - T));
    }
  }

  private static final Shape[] TRAINING = {
    new Shape(4, 256, 256, 12, 12, 64),
    new Shape(1, 1024, 1024, 4, 4, 64),
    new Shape(1, 2048, 2048, 2, 2, 64),
    new Shape(1, 512, 512, 16, 8, 128),
    new Shape(64, 256, 256, 6, 6, 64),
    new Shape(12, 64, 64, 4, 4, 32)
  };

  private static final Shape[] DECODING = {
    new Shape(1, 1, 4096, 32, 8, 64),
    new Shape(1, 1, 4096, 16, 8, 128),
    new Shape(4, 1, 2048, 12, 12, 64)
  };

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Arguments: seconds for each measurement (default 5). */
  public static void main(String[] args) {
    double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 5;
    AttentionKernel kernel = KernelChoice.kernels().attention();
    System.out.println(KernelChoice.explanation());
    for (Shape shape : TRAINING) {
      measure(kernel, shape, true, seconds);
    }
    for (Shape shape : DECODING) {
      measure(kernel, shape, false, seconds);
    }
  }

  private static void measure(
      AttentionKernel kernel, Shape shape, boolean training, double seconds) {
    int B = shape.B, T = shape.T, S = shape.S, H = shape.H, G = shape.G, E = shape.E;
    try (Arena arena = Arena.ofShared()) {
      HeadView q = view(arena, B, T, H * E), k = view(arena, B, S, G * E);
      HeadView v = view(arena, B, S, G * E), out = view(arena, B, T, H * E);
      MemorySegment lse = arena.allocate(4L * B * H * T, 64);
      MemorySegment keyFrom = arena.allocate(4L * B * T, 64);
      MemorySegment keyTo = arena.allocate(4L * B * T, 64);
      for (int r = 0; r < B * T; r++) {
        keyTo.setAtIndex(JAVA_INT, r, S - T + r % T + 1);
      }
      float scale = (float) (1 / Math.sqrt(E));
      AttentionCall call =
          new AttentionCall(
              new AttentionCall.Sizes(B, T, S, H, G, E, E),
              new AttentionCall.Mask(keyFrom, keyTo, null),
              AttentionCall.Scoring.scaled(scale),
              AttentionCall.Dropout.NONE);
      Inputs x = new Inputs(q, k, v);
      Results y = new Results(out, lse);
      Runnable forward = () -> kernel.forward(call, x, y, 0, kernel.forwardTasks(call));
      if (!training) {
        report("decode   " + shape, "GB/s", 8.0 * B * S * G * E, seconds, forward);
        return;
      }
      report("forward  " + shape, "GFLOP/s", 4 * E * shape.pairs(), seconds, forward);
      HeadView dOut = view(arena, B, T, H * E), dQ = view(arena, B, T, H * E);
      HeadView dK = view(arena, B, S, G * E), dV = view(arena, B, S, G * E);
      Gradients gradients = Gradients.plain(dQ, dK, dV);
      Runnable backward =
          () ->
              kernel.backward(
                  call,
                  new AttentionKernel.BackwardOperands(x, y, dOut, gradients),
                  0,
                  kernel.backwardTasks(call));
      report("backward " + shape, "GFLOP/s", 10 * E * shape.pairs(), seconds, backward);
    }
  }

  private static void report(String name, String unit, double work, double seconds, Runnable job) {
    long warm = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < warm) {
      job.run();
    }
    long end = System.nanoTime() + (long) (seconds * 1e9);
    double[] speeds = new double[1000];
    int n = 0;
    long allocated = 0;
    while (n < speeds.length && (n < 5 || System.nanoTime() < end)) {
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long start = THREADS.getCurrentThreadCpuTime();
      job.run();
      speeds[n++] = work / Math.max(1, THREADS.getCurrentThreadCpuTime() - start);
      allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    }
    Arrays.sort(speeds, 0, n);
    System.out.printf(
        "%-58s median %5.1f, best %5.1f %s (%d calls, %d bytes allocated)%n",
        name, speeds[n / 2], speeds[n - 1 - n / 20], unit, n, allocated);
  }

  private static HeadView view(Arena arena, int B, int length, int width) {
    MemorySegment memory = arena.allocate(4L * B * length * width, 64);
    Random random = new Random(1);
    for (long i = 0; i < memory.byteSize() / 4; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return new HeadView(memory, 0, (long) length * width, width);
  }
}
