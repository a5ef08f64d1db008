package dev.rapt.kernel.vector.math;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Conversion between f32, bf16 and f16 by integer arithmetic on vectors. */
public final class VectorConvert {
  private static final VectorSpecies<Integer> INT = VectorMath.INT;

  /** Vectors with as many 16-bit lanes as an f32 vector has lanes. */
  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));

  private static final ValueLayout.OfShort ELEMENT = JAVA_SHORT.withByteAlignment(1);

  /** 2^112: corrects the exponent of an f16 that is read as the upper bits of an f32. */
  private static final float F16_TO_F32 = 0x1p112f;

  private static final int F32_INFINITY = 0x7f800000;

  private VectorConvert() {}

  /** As {@link dev.rapt.kernel.ElementwiseKernel#convert}. */
  public static void run(MemorySegment out, DType outType, MemorySegment x, DType xType, long n) {
    if (xType == outType) {
      requireSupported(xType);
      MemorySegment.copy(x, 0, out, 0, n * xType.byteSize());
    } else if (xType == DType.F32 && outType == DType.BF16) {
      toBfloat16(out, x, n);
    } else if (xType == DType.F32 && outType == DType.F16) {
      toFloat16(out, x, n);
    } else if (xType == DType.BF16 && outType == DType.F32) {
      fromBfloat16(out, x, n);
    } else if (xType == DType.F16 && outType == DType.F32) {
      fromFloat16(out, x, n);
    } else {
      requireSupported(xType);
      requireSupported(outType);
      if (xType == DType.F16) {
        float16ToBfloat16(out, x, n);
      } else {
        bfloat16ToFloat16(out, x, n);
      }
    }
  }

  private static void requireSupported(DType type) {
    if (type != DType.F32 && type != DType.BF16 && type != DType.F16) {
      throw new IllegalArgumentException(
          "convert: types must be f32, bf16 or f16, got " + type.label());
    }
  }

  /** Writes v as bf16 values [i, i + LANES). */
  public static void storeBfloat16(MemorySegment out, long i, FloatVector v) {
    storeHalves(out, i, bfloat16Bits(v));
  }

  /** Reads bf16 values [i, i + LANES). */
  public static FloatVector loadBfloat16(MemorySegment x, long i) {
    return loadHalves(x, i).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /** Reads bf16 element i. */
  public static float getBfloat16(MemorySegment x, long i) {
    return Bfloat16.toFloat(getHalf(x, i));
  }

  /** Reads f16 values [i, i + LANES). */
  public static FloatVector loadFloat16(MemorySegment x, long i) {
    return float16Values(loadHalves(x, i));
  }

  /** Reads f16 element i. */
  public static float getFloat16(MemorySegment x, long i) {
    return Float.float16ToFloat(getHalf(x, i));
  }

  private static void toBfloat16(MemorySegment out, MemorySegment x, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      storeBfloat16(out, i, load(x, i));
    }
    for (; i < n; i++) {
      setHalf(out, i, Bfloat16.fromFloat(get(x, i)));
    }
  }

  private static void fromBfloat16(MemorySegment out, MemorySegment x, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, loadBfloat16(x, i));
    }
    for (; i < n; i++) {
      set(out, i, Bfloat16.toFloat(getHalf(x, i)));
    }
  }

  private static void toFloat16(MemorySegment out, MemorySegment x, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      storeHalves(out, i, float16Bits(load(x, i)));
    }
    for (; i < n; i++) {
      setHalf(out, i, Float.floatToFloat16(get(x, i)));
    }
  }

  private static void fromFloat16(MemorySegment out, MemorySegment x, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      store(out, i, loadFloat16(x, i));
    }
    for (; i < n; i++) {
      set(out, i, Float.float16ToFloat(getHalf(x, i)));
    }
  }

  private static void float16ToBfloat16(MemorySegment out, MemorySegment x, long n) {
    for (long i = 0; i < n; i++) {
      setHalf(out, i, Bfloat16.fromFloat(Float.float16ToFloat(getHalf(x, i))));
    }
  }

  private static void bfloat16ToFloat16(MemorySegment out, MemorySegment x, long n) {
    for (long i = 0; i < n; i++) {
      setHalf(out, i, Float.floatToFloat16(Bfloat16.toFloat(getHalf(x, i))));
    }
  }

  /**
   * Rounds n f32 to bf16 stochastically, by the random bits of indices from {@code firstIndex} on,
   * whose upper halves must be equal.
   */
  public static void toBfloat16(
      MemorySegment out, MemorySegment x, long seed, long firstIndex, long n) {
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      IntVector bits = load(x, i).reinterpretAsInts();
      IntVector random = VectorRandom.bits(seed, firstIndex + i).and(0xffff);
      IntVector rounded = bits.add(random).lanewise(VectorOperators.LSHR, 16);
      VectorMask<Integer> nan = bits.and(0x7fffffff).compare(VectorOperators.GT, F32_INFINITY);
      IntVector upper = bits.lanewise(VectorOperators.LSHR, 16).or(0x40);
      storeHalves(out, i, rounded.blend(upper, nan));
    }
    for (; i < n; i++) {
      int random = CounterRandom.bits(seed, firstIndex + i);
      setHalf(out, i, Bfloat16.fromFloat(get(x, i), random));
    }
  }

  /** Rounds to the nearest bf16, ties to even, in the low half of each lane; NaN stays NaN. */
  private static IntVector bfloat16Bits(FloatVector v) {
    IntVector bits = v.reinterpretAsInts();
    IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
    IntVector odd = upper.and(1);
    IntVector rounded = bits.add(odd).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
    VectorMask<Integer> nan = bits.and(0x7fffffff).compare(VectorOperators.GT, F32_INFINITY);
    return rounded.blend(upper.or(0x40), nan);
  }

  /**
   * Converts the f16 in the low half of each lane to f32. The multiplication also normalises
   * subnormal numbers, those below 2^-14; infinity and NaN get the largest exponent afterwards.
   */
  private static FloatVector float16Values(IntVector half) {
    IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
    IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, 16);
    IntVector scaled = magnitude.reinterpretAsFloats().mul(F16_TO_F32).reinterpretAsInts();
    VectorMask<Integer> special = magnitude.compare(VectorOperators.GE, 0x7c00 << 13);
    return scaled.blend(magnitude.or(F32_INFINITY), special).or(sign).reinterpretAsFloats();
  }

  /**
   * Rounds to the nearest f16, ties to even, in the low half of each lane. Below 2^-14, adding 1/2,
   * whose unit in the last place is that of the smallest f16, does the rounding; values above 65520
   * become infinity.
   */
  private static IntVector float16Bits(FloatVector v) {
    IntVector bits = v.reinterpretAsInts();
    IntVector magnitude = bits.and(0x7fffffff);
    IntVector sign = bits.lanewise(VectorOperators.LSHR, 16).and(0x8000);
    IntVector odd = magnitude.lanewise(VectorOperators.LSHR, 13).and(1);
    IntVector normal =
        magnitude.add(odd).add(0xfff - (112 << 23)).lanewise(VectorOperators.LSHR, 13);
    IntVector small = magnitude.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(0x3f000000);
    IntVector result =
        normal
            .blend(small, magnitude.compare(VectorOperators.LT, 0x38800000))
            .blend(0x7c00, magnitude.compare(VectorOperators.GE, 0x477ff000))
            .blend(0x7e00, magnitude.compare(VectorOperators.GT, F32_INFINITY));
    return result.or(sign);
  }

  private static IntVector loadHalves(MemorySegment x, long i) {
    return (IntVector)
        ShortVector.fromMemorySegment(HALF, x, 2 * i, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INT, 0);
  }

  private static void storeHalves(MemorySegment out, long i, IntVector bits) {
    ((ShortVector) bits.convertShape(VectorOperators.I2S, HALF, 0))
        .intoMemorySegment(out, 2 * i, ORDER);
  }

  private static short getHalf(MemorySegment x, long i) {
    return x.get(ELEMENT, 2 * i);
  }

  public static void setHalf(MemorySegment out, long i, short value) {
    out.set(ELEMENT, 2 * i, value);
  }
}
