package dev.rapt.kernel.vector.elementwise;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Gating;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.kernel.vector.math.VectorConvert;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Element-wise kernels in the Vector API, within a relative error of about 1e-6 of the scalar
 * kernels.
 */
public final class VectorElementwise implements ElementwiseKernel {
  /** Number of elements whose sum of squares is kept in f32 before it is added to the f64 sum. */
  private static final int SUM_BLOCK = 4096;

  /** Number of rows that are summed in registers before the sum is written to memory. */
  private static final int ROW_GROUP = 4;

  @Override
  public void add(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, load(a, i).add(load(b, i)));
    }
    for (; i < n; i++) {
      set(out, i, get(a, i) + get(b, i));
    }
  }

  @Override
  public void multiply(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, load(a, i).mul(load(b, i)));
    }
    for (; i < n; i++) {
      set(out, i, get(a, i) * get(b, i));
    }
  }

  @Override
  public void addProduct(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, load(a, i).fma(load(b, i), load(out, i)));
    }
    for (; i < n; i++) {
      set(out, i, Math.fma(get(a, i), get(b, i), get(out, i)));
    }
  }

  @Override
  public float dot(MemorySegment a, MemorySegment b, long n) {
    FloatVector even = FloatVector.zero(FLOAT);
    FloatVector odd = even;
    long i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
      even = load(a, i).fma(load(b, i), even);
      odd = load(a, i + LANES).fma(load(b, i + LANES), odd);
    }
    float rest = 0;
    for (; i < n; i++) {
      rest = Math.fma(get(a, i), get(b, i), rest);
    }
    return Lanes.sum(even.add(odd)) + rest;
  }

  @Override
  public void addScaled(
      MemorySegment out, float alpha, MemorySegment x, float beta, MemorySegment y, long n) {
    FloatVector alphas = FloatVector.broadcast(FLOAT, alpha);
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, load(x, i).fma(alphas, load(y, i).mul(beta)));
    }
    for (; i < n; i++) {
      set(out, i, Math.fma(get(x, i), alpha, get(y, i) * beta));
    }
  }

  @Override
  public void scale(MemorySegment out, MemorySegment x, float scale, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, load(x, i).mul(scale));
    }
    for (; i < n; i++) {
      set(out, i, get(x, i) * scale);
    }
  }

  @Override
  public void clip(MemorySegment out, MemorySegment x, float bound, long n) {
    long i = 0;
    for (long end = FLOAT.loopBound(n); i < end; i += LANES) {
      store(out, i, load(x, i).min(bound).max(-bound));
    }
    for (; i < n; i++) {
      set(out, i, Math.max(-bound, Math.min(bound, get(x, i))));
    }
  }

  @Override
  public void clipBackward(
      MemorySegment dX, MemorySegment x, MemorySegment dY, float bound, long n) {
    FloatVector zero = FloatVector.zero(FLOAT);
    long i = 0;
    for (long end = FLOAT.loopBound(n); i < end; i += LANES) {
      store(dX, i, zero.blend(load(dY, i), load(x, i).abs().compare(VectorOperators.LE, bound)));
    }
    for (; i < n; i++) {
      set(dX, i, Math.abs(get(x, i)) <= bound ? get(dY, i) : 0);
    }
  }

  @Override
  public void activate(MemorySegment out, MemorySegment x, Activation f, long n) {
    ActivationLoops.value(out, x, f, n);
  }

  @Override
  public void activateBackward(
      MemorySegment dX, MemorySegment x, MemorySegment dY, Activation f, long n) {
    ActivationLoops.derivative(dX, x, dY, f, n);
  }

  @Override
  public void gate(MemorySegment out, MemorySegment gate, MemorySegment up, Activation f, long n) {
    GateLoops.run(out, gate, up, f, n);
  }

  @Override
  public void gateBackward(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Activation f,
      long n) {
    GateBackwardLoops.run(dGate, dUp, gate, up, dOut, f, n);
  }

  @Override
  public void clampedGate(
      MemorySegment out, MemorySegment gate, MemorySegment up, Gating.Clamped f, long n) {
    ClampedGateLoops.value(out, gate, up, f, n);
  }

  @Override
  public void clampedGateBackward(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Gating.Clamped f,
      long n) {
    ClampedGateLoops.derivative(dGate, dUp, gate, up, dOut, f, n);
  }

  @Override
  public void dropout(
      MemorySegment out, MemorySegment x, float probability, long seed, long firstIndex, long n) {
    VectorDropout.run(out, x, probability, seed, firstIndex, n);
  }

  @Override
  public void addBias(
      MemorySegment out, MemorySegment x, MemorySegment bias, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      addRow(out, x, bias, r * cols, cols);
    }
  }

  private static void addRow(
      MemorySegment out, MemorySegment x, MemorySegment bias, long row, long cols) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      store(out, row + c, load(x, row + c).add(load(bias, c)));
    }
    for (; c < cols; c++) {
      set(out, row + c, get(x, row + c) + get(bias, c));
    }
  }

  @Override
  public void addColumnSums(MemorySegment out, MemorySegment x, long rows, long cols) {
    long r = 0;
    for (; r + ROW_GROUP <= rows; r += ROW_GROUP) {
      addRowGroup(out, x, r * cols, cols);
    }
    for (; r < rows; r++) {
      long row = r * cols;
      long c = 0;
      for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
        store(out, c, load(out, c).add(load(x, row + c)));
      }
      for (; c < cols; c++) {
        set(out, c, get(out, c) + get(x, row + c));
      }
    }
  }

  private static void addRowGroup(MemorySegment out, MemorySegment x, long row, long cols) {
    long row1 = row + cols;
    long row2 = row1 + cols;
    long row3 = row2 + cols;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector a = load(x, row + c).add(load(x, row1 + c));
      FloatVector b = load(x, row2 + c).add(load(x, row3 + c));
      store(out, c, load(out, c).add(a.add(b)));
    }
    for (; c < cols; c++) {
      float a = get(x, row + c) + get(x, row1 + c);
      float b = get(x, row2 + c) + get(x, row3 + c);
      set(out, c, get(out, c) + (a + b));
    }
  }

  @Override
  public double sumOfSquares(MemorySegment x, long n) {
    double sum = 0;
    for (long i = 0; i < n; i += SUM_BLOCK) {
      sum += blockSumOfSquares(x, i, Math.min(n, i + SUM_BLOCK));
    }
    return sum;
  }

  private static double blockSumOfSquares(MemorySegment x, long from, long to) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    long i = from;
    for (; i + 4 * LANES <= to; i += 4 * LANES) {
      FloatVector x0 = load(x, i);
      FloatVector x1 = load(x, i + LANES);
      FloatVector x2 = load(x, i + 2 * LANES);
      FloatVector x3 = load(x, i + 3 * LANES);
      a = x0.fma(x0, a);
      b = x1.fma(x1, b);
      c = x2.fma(x2, c);
      d = x3.fma(x3, d);
    }
    double rest = 0;
    for (; i < to; i++) {
      double v = get(x, i);
      rest += v * v;
    }
    return rest + Lanes.sum(a, b, c, d);
  }

  @Override
  public void convert(MemorySegment out, DType outType, MemorySegment x, DType xType, long n) {
    VectorConvert.run(out, outType, x, xType, n);
  }

  @Override
  public void transpose(
      MemorySegment out, MemorySegment x, int elementBytes, long rows, long cols) {
    switch (elementBytes) {
      case 2 -> BlockTranspose.shorts(out, x, rows, cols);
      case 4 -> BlockTranspose.ints(out, x, rows, cols);
      default ->
          throw new IllegalArgumentException(
              "transpose: elements must have 2 or 4 bytes, got " + elementBytes);
    }
  }
}
