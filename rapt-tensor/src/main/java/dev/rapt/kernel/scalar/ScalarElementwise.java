package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Scalar element-wise kernels; functions are computed in f64 and rounded once. */
public final class ScalarElementwise implements ElementwiseKernel {
  @Override
  public void add(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, get(a, i) + get(b, i));
    }
  }

  @Override
  public void multiply(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, get(a, i) * get(b, i));
    }
  }

  @Override
  public void addProduct(MemorySegment out, MemorySegment a, MemorySegment b, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, (float) (get(out, i) + (double) get(a, i) * get(b, i)));
    }
  }

  @Override
  public float dot(MemorySegment a, MemorySegment b, long n) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      sum += (double) get(a, i) * get(b, i);
    }
    return (float) sum;
  }

  @Override
  public void addScaled(
      MemorySegment out, float alpha, MemorySegment x, float beta, MemorySegment y, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, (float) ((double) alpha * get(x, i) + (double) beta * get(y, i)));
    }
  }

  @Override
  public void scale(MemorySegment out, MemorySegment x, float scale, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, get(x, i) * scale);
    }
  }

  @Override
  public void clip(MemorySegment out, MemorySegment x, float bound, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, Math.max(-bound, Math.min(bound, get(x, i))));
    }
  }

  @Override
  public void clipBackward(
      MemorySegment dX, MemorySegment x, MemorySegment dY, float bound, long n) {
    for (long i = 0; i < n; i++) {
      set(dX, i, Math.abs(get(x, i)) <= bound ? get(dY, i) : 0);
    }
  }

  @Override
  public void activate(MemorySegment out, MemorySegment x, Activation f, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, (float) ScalarActivation.value(f, get(x, i)));
    }
  }

  @Override
  public void activateBackward(
      MemorySegment dX, MemorySegment x, MemorySegment dY, Activation f, long n) {
    for (long i = 0; i < n; i++) {
      set(dX, i, (float) (ScalarActivation.derivative(f, get(x, i)) * get(dY, i)));
    }
  }

  @Override
  public void gate(MemorySegment out, MemorySegment gate, MemorySegment up, Activation f, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, (float) (ScalarActivation.value(f, get(gate, i)) * get(up, i)));
    }
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
    for (long i = 0; i < n; i++) {
      double g = get(gate, i);
      double u = get(up, i);
      double d = get(dOut, i);
      set(dGate, i, (float) (ScalarActivation.derivative(f, g) * u * d));
      set(dUp, i, (float) (ScalarActivation.value(f, g) * d));
    }
  }

  @Override
  public void clampedGate(
      MemorySegment out, MemorySegment gate, MemorySegment up, Gating.Clamped f, long n) {
    for (long i = 0; i < n; i++) {
      double g = Math.min(get(gate, i), f.limit());
      double u = Math.clamp(get(up, i), -f.limit(), f.limit());
      set(out, i, (float) (g * ScalarActivation.sigmoid(f.alpha() * g) * (u + 1)));
    }
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
    for (long i = 0; i < n; i++) {
      double g = Math.min(get(gate, i), f.limit());
      double u = Math.clamp(get(up, i), -f.limit(), f.limit());
      double d = get(dOut, i);
      double s = ScalarActivation.sigmoid(f.alpha() * g);
      double slope = get(gate, i) > f.limit() ? 0 : s + f.alpha() * g * s * (1 - s);
      set(dUp, i, Math.abs(get(up, i)) > f.limit() ? 0 : (float) (g * s * d));
      set(dGate, i, (float) (slope * (u + 1) * d));
    }
  }

  @Override
  public void dropout(
      MemorySegment out, MemorySegment x, float probability, long seed, long firstIndex, long n) {
    int threshold = CounterRandom.threshold(probability);
    float scale = 1 / (1 - probability);
    for (long i = 0; i < n; i++) {
      boolean keep =
          Integer.compareUnsigned(CounterRandom.bits(seed, firstIndex + i), threshold) >= 0;
      set(out, i, keep ? get(x, i) * scale : 0);
    }
  }

  @Override
  public void addBias(
      MemorySegment out, MemorySegment x, MemorySegment bias, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      for (long c = 0; c < cols; c++) {
        set(out, r * cols + c, get(x, r * cols + c) + get(bias, c));
      }
    }
  }

  @Override
  public void addColumnSums(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long c = 0; c < cols; c++) {
      double sum = get(out, c);
      for (long r = 0; r < rows; r++) {
        sum += get(x, r * cols + c);
      }
      set(out, c, (float) sum);
    }
  }

  @Override
  public double sumOfSquares(MemorySegment x, long n) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      double v = get(x, i);
      sum += v * v;
    }
    return sum;
  }

  @Override
  public void convert(MemorySegment out, DType outType, MemorySegment x, DType xType, long n) {
    for (long i = 0; i < n; i++) {
      set(out, i, outType, get(x, i, xType));
    }
  }

  @Override
  public void transpose(
      MemorySegment out, MemorySegment x, int elementBytes, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      for (long c = 0; c < cols; c++) {
        switch (elementBytes) {
          case 2 ->
              out.setAtIndex(JAVA_SHORT, c * rows + r, x.getAtIndex(JAVA_SHORT, r * cols + c));
          case 4 -> out.setAtIndex(JAVA_INT, c * rows + r, x.getAtIndex(JAVA_INT, r * cols + c));
          default ->
              throw new IllegalArgumentException(
                  "transpose: elements must have 2 or 4 bytes, got " + elementBytes);
        }
      }
    }
  }

  private static float get(MemorySegment x, long i, DType type) {
    return switch (type) {
      case F32 -> get(x, i);
      case BF16 -> Bfloat16.toFloat(x.getAtIndex(JAVA_SHORT, i));
      case F16 -> Float.float16ToFloat(x.getAtIndex(JAVA_SHORT, i));
      default -> throw unsupported(type);
    };
  }

  private static void set(MemorySegment out, long i, DType type, float value) {
    switch (type) {
      case F32 -> set(out, i, value);
      case BF16 -> out.setAtIndex(JAVA_SHORT, i, Bfloat16.fromFloat(value));
      case F16 -> out.setAtIndex(JAVA_SHORT, i, Float.floatToFloat16(value));
      default -> throw unsupported(type);
    }
  }

  private static IllegalArgumentException unsupported(DType type) {
    return new IllegalArgumentException(
        "convert: types must be f32, bf16 or f16, got " + type.label());
  }

  private static float get(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  private static void set(MemorySegment out, long i, float value) {
    out.setAtIndex(JAVA_FLOAT, i, value);
  }
}
