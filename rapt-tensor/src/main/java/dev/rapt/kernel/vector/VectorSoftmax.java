package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softmax and cross entropy in the Vector API. Three passes over a row find its maximum, write and
 * sum the exponentials, and scale them: one exponential for each element. After the first pass even
 * a row of 50,257 logits is in the L2 cache.
 */
public final class VectorSoftmax implements SoftmaxKernel {
  /** Number of elements whose partial sum is kept in f32 before it is added to the f64 sum. */
  private static final int SUM_BLOCK = 1024;

  @Override
  public void softmax(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      double sum = storeExponentials(out, x, row, cols, max(x, row, cols));
      scaleAndShift(out, row, cols, (float) (1 / sum), 0);
    }
  }

  @Override
  public void logSoftmax(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      float max = max(x, row, cols);
      float logSum = (float) Math.log(sumExponentials(x, row, cols, max));
      subtract(out, x, row, cols, max, logSum);
    }
  }

  @Override
  public void crossEntropy(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rows,
      long cols,
      float smoothing,
      float gradScale) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      int target = targets.getAtIndex(JAVA_INT, r);
      if (target == IGNORED) {
        set(losses, r, 0);
        if (gradScale != 0) {
          clear(logits, row, cols);
        }
        continue;
      }
      SoftmaxKernel.requireTarget(target, r, cols);
      float max = max(logits, row, cols);
      double wanted = get(logits, row + target);
      double meanDistance = smoothing == 0 ? 0 : sumAbove(logits, row, cols, max) / cols;
      double sum =
          gradScale == 0
              ? sumExponentials(logits, row, cols, max)
              : storeExponentials(logits, logits, row, cols, max);
      double logSum = Math.log(sum);
      double loss = (1 - smoothing) * (logSum - (wanted - max));
      set(losses, r, (float) (smoothing == 0 ? loss : loss + smoothing * (logSum - meanDistance)));
      if (gradScale != 0) {
        double probability = get(logits, row + target) / sum;
        float uniform = smoothing / cols;
        scaleAndShift(logits, row, cols, (float) (gradScale / sum), -gradScale * uniform);
        set(logits, row + target, (float) (gradScale * (probability - (1 - smoothing) - uniform)));
      }
    }
  }

  private static void clear(MemorySegment out, long row, long cols) {
    FloatVector zero = FloatVector.zero(FLOAT);
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      store(out, row + c, zero);
    }
    for (; c < cols; c++) {
      set(out, row + c, 0);
    }
  }

  /** Returns the largest element. NaN is ignored here; it propagates through the sum. */
  private static float max(MemorySegment x, long row, long cols) {
    FloatVector a = FloatVector.broadcast(FLOAT, Float.NEGATIVE_INFINITY);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector x0 = load(x, row + c);
      FloatVector x1 = load(x, row + c + LANES);
      a = a.blend(x0, x0.compare(VectorOperators.GT, a));
      b = b.blend(x1, x1.compare(VectorOperators.GT, b));
    }
    float max = Math.max(a.reduceLanes(VectorOperators.MAX), b.reduceLanes(VectorOperators.MAX));
    for (; c < cols; c++) {
      float v = get(x, row + c);
      max = v > max ? v : max;
    }
    return max;
  }

  /** out = exp(x - max); returns the sum. */
  private static double storeExponentials(
      MemorySegment out, MemorySegment x, long row, long cols, float max) {
    double sum = 0;
    for (long c = 0; c < cols; c += SUM_BLOCK) {
      sum += storeBlock(out, x, row + c, row + Math.min(cols, c + SUM_BLOCK), max);
    }
    return sum;
  }

  private static double storeBlock(
      MemorySegment out, MemorySegment x, long from, long to, float max) {
    // only one exponential per iteration: with two the compiler stops inlining and boxes vectors
    FloatVector a = FloatVector.zero(FLOAT);
    long i = from;
    for (; i + LANES <= to; i += LANES) {
      FloatVector e = VectorMath.expOfNegative(load(x, i).sub(max));
      e.intoMemorySegment(out, 4 * i, ORDER);
      a = a.add(e);
    }
    double rest = 0;
    for (; i < to; i++) {
      float e = (float) Math.exp(get(x, i) - max);
      rest += e;
      set(out, i, e);
    }
    return rest + Lanes.sum(a);
  }

  /** Sum of exp(x - max). */
  private static double sumExponentials(MemorySegment x, long row, long cols, float max) {
    double sum = 0;
    for (long c = 0; c < cols; c += SUM_BLOCK) {
      sum += sumBlock(x, row + c, row + Math.min(cols, c + SUM_BLOCK), max);
    }
    return sum;
  }

  private static double sumBlock(MemorySegment x, long from, long to, float max) {
    FloatVector a = FloatVector.zero(FLOAT);
    long i = from;
    for (; i + LANES <= to; i += LANES) {
      a = a.add(VectorMath.expOfNegative(load(x, i).sub(max)));
    }
    double rest = 0;
    for (; i < to; i++) {
      rest += Math.exp(get(x, i) - max);
    }
    return rest + Lanes.sum(a);
  }

  /** Sum of x - max. */
  private static double sumAbove(MemorySegment x, long row, long cols, float max) {
    double sum = 0;
    for (long c = 0; c < cols; c += SUM_BLOCK) {
      sum += sumAboveBlock(x, row + c, row + Math.min(cols, c + SUM_BLOCK), max);
    }
    return sum;
  }

  private static double sumAboveBlock(MemorySegment x, long from, long to, float max) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long i = from;
    for (; i + 2 * LANES <= to; i += 2 * LANES) {
      a = a.add(load(x, i).sub(max));
      b = b.add(load(x, i + LANES).sub(max));
    }
    double rest = 0;
    for (; i < to; i++) {
      rest += get(x, i) - max;
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** out = out scale + shift. */
  private static void scaleAndShift(
      MemorySegment out, long row, long cols, float scale, float shift) {
    FloatVector scales = FloatVector.broadcast(FLOAT, scale);
    FloatVector shifts = FloatVector.broadcast(FLOAT, shift);
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      store(out, row + c, load(out, row + c).fma(scales, shifts));
    }
    for (; c < cols; c++) {
      set(out, row + c, Math.fma(get(out, row + c), scale, shift));
    }
  }

  /** out = (x - max) - logSum; x - max first, since both may be large and close to each other. */
  private static void subtract(
      MemorySegment out, MemorySegment x, long row, long cols, float max, float logSum) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      store(out, row + c, load(x, row + c).sub(max).sub(logSum));
    }
    for (; c < cols; c++) {
      set(out, row + c, get(x, row + c) - max - logSum);
    }
  }
}
