package dev.rapt.kernel;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Element-wise arithmetic over n contiguous f32 values. An output may be the same memory as an
 * input, but must not overlap it otherwise. NaN stays NaN; infinities follow the formula, so {@link
 * Activation#GELU} of -infinity is NaN.
 */
public interface ElementwiseKernel {
  /** out = a + b. */
  void add(MemorySegment out, MemorySegment a, MemorySegment b, long n);

  /** out = a b. */
  void multiply(MemorySegment out, MemorySegment a, MemorySegment b, long n);

  /** out += a b. */
  void addProduct(MemorySegment out, MemorySegment a, MemorySegment b, long n);

  /** Dot product of a and b, in f32 with several partial sums. */
  float dot(MemorySegment a, MemorySegment b, long n);

  /** out = alpha x + beta y. */
  void addScaled(
      MemorySegment out, float alpha, MemorySegment x, float beta, MemorySegment y, long n);

  /** out = scale x. */
  void scale(MemorySegment out, MemorySegment x, float scale, long n);

  /** out = x clipped to [-bound, bound]. */
  void clip(MemorySegment out, MemorySegment x, float bound, long n);

  /** dX = dY where x is in [-bound, bound], else 0. */
  void clipBackward(MemorySegment dX, MemorySegment x, MemorySegment dY, float bound, long n);

  /** out = f(x). */
  void activate(MemorySegment out, MemorySegment x, Activation f, long n);

  /** dX = f'(x) dY. */
  void activateBackward(MemorySegment dX, MemorySegment x, MemorySegment dY, Activation f, long n);

  /** Gate of a gated MLP (GLU, SwiGLU, GeGLU): out = f(gate) up. arXiv:2002.05202. */
  void gate(MemorySegment out, MemorySegment gate, MemorySegment up, Activation f, long n);

  /** dGate = f'(gate) up dOut; dUp = f(gate) dOut. */
  void gateBackward(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Activation f,
      long n);

  /** out = the value of {@link Gating.Clamped}. */
  void clampedGate(
      MemorySegment out, MemorySegment gate, MemorySegment up, Gating.Clamped f, long n);

  /** dGate and dUp: derivatives of {@link Gating.Clamped} times dOut. */
  void clampedGateBackward(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Gating.Clamped f,
      long n);

  /** out = f(gate, up). */
  default void gate(MemorySegment out, MemorySegment gate, MemorySegment up, Gating f, long n) {
    switch (f) {
      case Gating.Product(Activation g) -> gate(out, gate, up, g, n);
      case Gating.Clamped clamped -> clampedGate(out, gate, up, clamped, n);
    }
  }

  /** dGate and dUp: derivatives of f times dOut; dUp may be dOut. */
  default void gateBackward(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Gating f,
      long n) {
    switch (f) {
      case Gating.Product(Activation g) -> gateBackward(dGate, dUp, gate, up, dOut, g, n);
      case Gating.Clamped clamped -> clampedGateBackward(dGate, dUp, gate, up, dOut, clamped, n);
    }
  }

  /**
   * Inverted dropout: out[i] = keep(i) ? x[i] / (1 - p) : 0, where keep(i) is {@link
   * CounterRandom#keep} of the seed and firstIndex + i. The backward pass is the same call on dY.
   *
   * @param probability p in [0, 1)
   * @param firstIndex index of x[0] in the whole tensor
   */
  void dropout(
      MemorySegment out, MemorySegment x, float probability, long seed, long firstIndex, long n);

  /** Adds a bias to every row: out[r, c] = x[r, c] + bias[c], x (rows, cols). */
  void addBias(MemorySegment out, MemorySegment x, MemorySegment bias, long rows, long cols);

  /** Adds column sums: out[c] += sum over r of x[r, c], x (rows, cols). */
  void addColumnSums(MemorySegment out, MemorySegment x, long rows, long cols);

  /** Sum of x^2 with f64 sums over blocks: the error stays near one f32 rounding. */
  double sumOfSquares(MemorySegment x, long n);

  /**
   * Converts n values between f32, bf16 and f16, rounding to nearest even; NaN stays NaN, overflow
   * becomes infinity. The two memories do not overlap.
   *
   * @throws IllegalArgumentException if a type is none of these three
   */
  void convert(MemorySegment out, DType outType, MemorySegment x, DType xType, long n);

  /**
   * Transposes x (rows, cols) into out (cols, rows), which do not overlap.
   *
   * @param elementBytes 2 or 4
   */
  void transpose(MemorySegment out, MemorySegment x, int elementBytes, long rows, long cols);
}
