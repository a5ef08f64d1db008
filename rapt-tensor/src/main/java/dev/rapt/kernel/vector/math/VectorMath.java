package dev.rapt.kernel.vector.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Exponential functions of f32 vectors from fused multiply-adds only: results are the same on every
 * platform, and no library is called. Methods here take and return vectors, so they must be small
 * enough that the compiler always inlines them; otherwise every vector is boxed.
 */
public final class VectorMath {
  private VectorMath() {}

  // static final, because a species held in an ordinary field may be slow (VectorSpecies, implNote)
  public static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  public static final VectorSpecies<Integer> INT = IntVector.SPECIES_PREFERRED;

  public static final float LOG2_E = 1.442695f;
  public static final float LN_2 = 0.6931472f;

  /** ln 2 - (double) LN_2. */
  private static final float LN_2_LOW = -1.9046542e-9f;

  /** 1.5 * 2^23: adding it to x leaves round(x) in the low bits. */
  private static final float ROUND = 12582912f;

  private static final int ROUND_BITS = 0x4b400000;

  /** Adding it to x leaves round(x) + 127, the exponent field of 2^round(x), in the low bits. */
  private static final float ROUND_BIASED = ROUND + 127;

  /** Largest x with a finite exponential, and smallest x with a nonzero exponential, in f32. */
  private static final float EXP_MAX = 88.72283f, EXP_MIN = -103.97208f;

  /** ln 2^-126: below this, the exponential is subnormal. */
  private static final float LEAST_NORMAL_EXP = -87.33654f;

  /**
   * e^x, within 1 unit in the last place; infinity above 88.72, gradual underflow, NaN for NaN.
   *
   * <p>x = n ln 2 + r, |r| <= ln 2 / 2; e^r by a minimax polynomial with relative error 3e-9; 2^n
   * in two factors, since neither 2^128 nor 2^-149 is a normal number.
   */
  public static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOAT, -LN_2), x);
    r = n.fma(FloatVector.broadcast(FLOAT, -LN_2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOAT, 1.3814599e-3f);
    p = p.fma(r, FloatVector.broadcast(FLOAT, 8.368717e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 4.166839e-2f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 0.16666521f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 0.49999994f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1f));
    IntVector exponent = shifted.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    FloatVector low = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector high =
        exponent.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(low)
        .mul(high)
        .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_MAX))
        .blend(0, x.compare(VectorOperators.LT, EXP_MIN));
  }

  /**
   * 2^x for x <= 127, within 1 unit in the last place; results below 2^-126 are 0. For softmax,
   * whose exponents are not positive and where such small terms are negligible.
   */
  public static FloatVector exp2(FloatVector x) {
    FloatVector shifted = x.add(ROUND_BIASED);
    FloatVector r = x.sub(shifted.sub(ROUND_BIASED));
    FloatVector p = FloatVector.broadcast(FLOAT, 1.5353342e-4f);
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1.3398901e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 9.618438e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 5.5503324e-2f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 0.24022648f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, LN_2));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1f));
    FloatVector power =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(power).blend(0, x.compare(VectorOperators.LT, -126f));
  }

  /**
   * e^x for x <= 0, within 1 unit in the last place; results below 2^-126 are 0, NaN for NaN. The
   * final scaling takes half the work of {@link #exp}; more accurate than {@link #exp2} for large
   * |x|.
   */
  public static FloatVector expOfNegative(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOAT, -LN_2), x);
    r = n.fma(FloatVector.broadcast(FLOAT, -LN_2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOAT, 1.3814599e-3f);
    p = p.fma(r, FloatVector.broadcast(FLOAT, 8.368717e-3f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 4.166839e-2f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 0.16666521f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 0.49999994f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1f));
    p = p.fma(r, FloatVector.broadcast(FLOAT, 1f));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return p.reinterpretAsInts()
        .add(exponent)
        .reinterpretAsFloats()
        .blend(0, x.compare(VectorOperators.LT, LEAST_NORMAL_EXP));
  }

  /** e^x - 1 for x <= 0, within 2 units in the last place also near 0; NaN for NaN. */
  public static FloatVector expm1OfNegative(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOAT, -LN_2), x);
    r = n.fma(FloatVector.broadcast(FLOAT, -LN_2_LOW), r);
    FloatVector q = FloatVector.broadcast(FLOAT, 1.3814599e-3f);
    q = q.fma(r, FloatVector.broadcast(FLOAT, 8.368717e-3f));
    q = q.fma(r, FloatVector.broadcast(FLOAT, 4.166839e-2f));
    q = q.fma(r, FloatVector.broadcast(FLOAT, 0.16666521f));
    q = q.fma(r, FloatVector.broadcast(FLOAT, 0.49999994f));
    q = q.fma(r.mul(r), r);
    FloatVector power =
        shifted
            .reinterpretAsInts()
            .add(127)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    return q.fma(power, power.sub(1)).blend(-1, x.compare(VectorOperators.LT, LEAST_NORMAL_EXP));
  }
}
