package dev.rapt.compute.rows;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.Mask;
import dev.rapt.kernel.AttentionCall.Scoring;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.AttentionKernel.Inputs;
import dev.rapt.kernel.AttentionKernel.Results;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import java.lang.foreign.MemorySegment;

/**
 * Split-key attention for few queries over many keys: the keys are divided into parts, each part is
 * an attention call over narrower intervals, and the partial results are summed in a fixed order,
 * weighted by their softmax denominators. Flash-Decoding,
 * https://crfm.stanford.edu/2023/10/12/flashdecoding.html. The division depends only on sizes and
 * intervals, never on the number of threads.
 */
public final class KeySplits {
  /** If a call has fewer tasks in total than this, its keys are divided. */
  private static final int ENOUGH_TASKS = 16;

  /**
   * Smallest number of keys in a part: adding the result of a part takes as long as about ten keys.
   */
  private static final int LEAST_KEYS = 512;

  private KeySplits() {}

  /** Runs the forward pass; divides the keys if there would be too few tasks otherwise. */
  public static void forward(AttentionKernel kernel, AttentionCall call, Inputs x, Results y) {
    int tasks = kernel.forwardTasks(call);
    int first = Integer.MAX_VALUE, end = 0;
    if (tasks < ENOUGH_TASKS && call.sizes().totalLen() >= 2 * LEAST_KEYS) {
      int rows = call.sizes().batchSize() * call.sizes().seqLen();
      for (int row = 0; row < rows; row++) {
        int from = get(call.mask().keyFrom(), row), to = get(call.mask().keyTo(), row);
        first = from < to ? Math.min(first, from) : first;
        end = from < to ? Math.max(end, to) : end;
      }
    }
    int most = first < end ? (end - first) / LEAST_KEYS : 0;
    int splits = Math.min(most, (2 * ENOUGH_TASKS + tasks - 1) / tasks);
    if (splits < 2) {
      Workers.shared().run(tasks, task -> kernel.forward(call, x, y, task, task + 1));
    } else {
      forward(kernel, call, x, y, first, end, splits);
    }
  }

  private static void forward(
      AttentionKernel kernel,
      AttentionCall call,
      Inputs x,
      Results y,
      int first,
      int end,
      int splits) {
    Sizes sizes = call.sizes();
    int T = sizes.seqLen(), H = sizes.numHeads(), V = sizes.valueDim();
    int rows = sizes.batchSize() * T;
    try (Workspace workspace = Workspace.enter()) {
      AttentionCall[] calls = new AttentionCall[splits];
      Results[] parts = new Results[splits];
      for (int s = 0; s < splits; s++) {
        int from = first + (int) ((long) (end - first) * s / splits);
        int to = first + (int) ((long) (end - first) * (s + 1) / splits);
        calls[s] = part(call, workspace, from, to);
        MemorySegment out = workspace.take(4L * rows * H * V);
        parts[s] =
            new Results(
                new HeadView(out, 0, (long) T * H * V, (long) H * V),
                workspace.take(4L * rows * H));
      }
      int tasks = kernel.forwardTasks(calls[0]);
      Workers.shared()
          .run(
              splits * tasks,
              task -> {
                int s = task / tasks, own = task % tasks;
                kernel.forward(calls[s], x, parts[s], own, own + 1);
              });
      Workers.shared()
          .forRange(
              (long) rows * H,
              Math.max(1, LEAST_KEYS / splits),
              (from, to) -> {
                for (long n = from; n < to; n++) {
                  add(call, y, parts, n);
                }
              });
    }
  }

  /**
   * Returns the call with every interval restricted to keys [from, to), and without attention
   * sinks.
   */
  private static AttentionCall part(AttentionCall call, Workspace workspace, int from, int to) {
    int rows = call.sizes().batchSize() * call.sizes().seqLen();
    MemorySegment keyFrom = workspace.take(4L * rows), keyTo = workspace.take(4L * rows);
    for (int row = 0; row < rows; row++) {
      int begin = Math.clamp(get(call.mask().keyFrom(), row), from, to);
      int end = Math.clamp(get(call.mask().keyTo(), row), from, to);
      keyFrom.setAtIndex(JAVA_INT_UNALIGNED, row, begin);
      keyTo.setAtIndex(JAVA_INT_UNALIGNED, row, end);
    }
    Scoring scoring = call.scoring();
    return new AttentionCall(
        call.sizes(),
        new Mask(keyFrom, keyTo, call.mask().bits()),
        new Scoring(
            scoring.scale(),
            scoring.softCap(),
            scoring.alibiSlopes(),
            null,
            scoring.byQuery(),
            scoring.byKey()),
        call.dropout());
  }

  /** Combines the parts of row n of (B, H, T) and the attention sink. */
  private static void add(AttentionCall call, Results y, Results[] parts, long n) {
    Sizes sizes = call.sizes();
    int T = sizes.seqLen(), H = sizes.numHeads(), V = sizes.valueDim();
    long t = n % T, h = n / T % H, b = n / T / H;
    MemorySegment sinks = call.scoring().sinks();
    double sink = sinks == null ? Double.NEGATIVE_INFINITY : getFloat(sinks, h);
    double max = sink;
    for (Results part : parts) {
      max = Math.max(max, getFloat(part.logSumExp(), n));
    }
    boolean seesNothing = max == Double.NEGATIVE_INFINITY;
    double total = seesNothing ? 1 : Math.exp(sink - max);
    double[] weights = new double[parts.length];
    for (int s = 0; s < parts.length; s++) {
      weights[s] = seesNothing ? 0 : Math.exp(getFloat(parts[s].logSumExp(), n) - max);
      total += weights[s];
    }
    HeadView out = y.out();
    for (int e = 0; e < V; e++) {
      double sum = 0;
      for (int s = 0; s < parts.length; s++) {
        HeadView part = parts[s].out();
        sum += weights[s] * getFloat(part.memory(), part.index(b, t, h, V) + e);
      }
      set(out.memory(), out.index(b, t, h, V) + e, sum / total);
    }
    set(y.logSumExp(), n, max + Math.log(total));
  }

  private static int get(MemorySegment memory, long index) {
    return memory.getAtIndex(JAVA_INT_UNALIGNED, index);
  }

  private static float getFloat(MemorySegment memory, long index) {
    return memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index);
  }

  private static void set(MemorySegment memory, long index, double value) {
    memory.setAtIndex(JAVA_FLOAT_UNALIGNED, index, (float) value);
  }
}
