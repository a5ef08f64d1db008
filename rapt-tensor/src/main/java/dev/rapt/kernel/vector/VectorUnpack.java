package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.rapt.kernel.FourBitCode;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.kernel.scalar.ScalarUnpack;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Unpacking of quantised weights to f32 in the Vector API: 4-bit values by table look-up in
 * registers, 8-bit values by integer arithmetic.
 */
final class VectorUnpack implements UnpackKernel {
  private static final VectorSpecies<Integer> INT = VectorMath.INT;
  private static final int LANES = INT.length();
  private static final int BLOCK_BYTES = MXFP4_VALUES / 2;
  private static final UnpackKernel SCALAR = new ScalarUnpack();

  /** Vectors of bytes with as many lanes as an f32 vector, but at least 64 bits. */
  private static final VectorSpecies<Byte> BYTE =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));

  /**
   * Look-up table of the 4-bit values: one vector of 16 lanes, or two halves in vectors of 8 lanes.
   */
  private static final float[] E2M1 = {
    0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f
  };

  private static final IntVector TABLE = table(E2M1, 0);
  private static final IntVector UPPER_TABLE = table(E2M1, LANES);

  private static final IntVector NF4 = table(FourBitCode.NF4.table(), 0);
  private static final IntVector UPPER_NF4 = table(FourBitCode.NF4.table(), LANES);
  private static final IntVector FP4 = table(FourBitCode.FP4.table(), 0);
  private static final IntVector UPPER_FP4 = table(FourBitCode.FP4.table(), LANES);

  /** Shift of lane i: the first bit of value i % 8 in 32 bits. */
  private static final IntVector SHIFTS = IntVector.broadcast(INT, 0).addIndex(4).and(31);

  /** Lanes whose values come from the second 32 bits. */
  private static final VectorMask<Integer> UPPER =
      IntVector.broadcast(INT, 0).addIndex(1).compare(VectorOperators.GE, 8);

  /** Number of lane i among the 8 that one load of 32 bits fills. */
  private static final IntVector LANE_OF_LOAD = IntVector.broadcast(INT, 0).addIndex(1).and(7);

  /**
   * Shift of lane i where the high half of a byte comes first: that of value i % 8, plus or minus
   * 4.
   */
  private static final IntVector HIGH_FIRST_SHIFTS = SHIFTS.lanewise(VectorOperators.XOR, 4);

  private static IntVector table(float[] values, int from) {
    int[] bits = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      bits[i] = Float.floatToRawIntBits(values[(from + i) % values.length]);
    }
    return IntVector.fromArray(INT, bits, 0);
  }

  @Override
  public void mxFp4(MemorySegment out, MemorySegment blocks, MemorySegment scales, long numBlocks) {
    if (LANES == 16) {
      for (long block = 0; block < numBlocks; block++) {
        float power = UnpackKernel.power(scales.get(JAVA_BYTE, block));
        long in = block * BLOCK_BYTES;
        long to = block * MXFP4_VALUES * Float.BYTES;
        sixteen(blocks.get(JAVA_LONG_UNALIGNED, in), power).intoMemorySegment(out, to, ORDER);
        sixteen(blocks.get(JAVA_LONG_UNALIGNED, in + 8), power)
            .intoMemorySegment(out, to + 64, ORDER);
      }
    } else if (LANES == 8) {
      for (long block = 0; block < numBlocks; block++) {
        float power = UnpackKernel.power(scales.get(JAVA_BYTE, block));
        long in = block * BLOCK_BYTES;
        long to = block * MXFP4_VALUES * Float.BYTES;
        for (int half = 0; half < 2; half++) {
          long bits = blocks.get(JAVA_LONG_UNALIGNED, in + 8L * half);
          eight((int) bits, power).intoMemorySegment(out, to + 64L * half, ORDER);
          eight((int) (bits >>> 32), power).intoMemorySegment(out, to + 64L * half + 32, ORDER);
        }
      }
    } else {
      SCALAR.mxFp4(out, blocks, scales, numBlocks);
    }
  }

  /** Unpacks the 16 values of 64 bits to 16 lanes. */
  private static FloatVector sixteen(long bits, float power) {
    IntVector both =
        IntVector.broadcast(INT, (int) bits)
            .blend(IntVector.broadcast(INT, (int) (bits >>> 32)), UPPER);
    IntVector index = both.lanewise(VectorOperators.LSHR, SHIFTS).and(0xf);
    return index.selectFrom(TABLE).reinterpretAsFloats().mul(power);
  }

  /** Unpacks the 8 values of 32 bits to 8 lanes. */
  private static FloatVector eight(int bits, float power) {
    IntVector index =
        IntVector.broadcast(INT, bits).lanewise(VectorOperators.LSHR, SHIFTS).and(0xf);
    return index.selectFrom(TABLE, UPPER_TABLE).reinterpretAsFloats().mul(power);
  }

  @Override
  public void fourBits(
      MemorySegment out,
      FourBitCode code,
      MemorySegment codes,
      MemorySegment scales,
      long numBlocks) {
    if (LANES != 16 && LANES != 8) {
      SCALAR.fourBits(out, code, codes, scales, numBlocks);
    } else if (code == FourBitCode.NF4) {
      fromTable(out, codes, scales, numBlocks, NF4, UPPER_NF4);
    } else {
      fromTable(out, codes, scales, numBlocks, FP4, UPPER_FP4);
    }
  }

  private static void fromTable(
      MemorySegment out,
      MemorySegment codes,
      MemorySegment scales,
      long numBlocks,
      IntVector table,
      IntVector upperTable) {
    for (long block = 0; block < numBlocks; block++) {
      float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, block);
      for (long i = 0; i < FOUR_BIT_VALUES; i += LANES) {
        long at = block * FOUR_BIT_VALUES + i;
        FloatVector values =
            LANES == 16
                ? sixteenCodes(codes, at / 2, table)
                : eightCodes(codes, at / 2, table, upperTable);
        values.mul(scale).intoMemorySegment(out, Float.BYTES * at, ORDER);
      }
    }
  }

  private static FloatVector sixteenCodes(MemorySegment codes, long at, IntVector table) {
    long bits = codes.get(JAVA_LONG_UNALIGNED, at);
    IntVector both =
        IntVector.broadcast(INT, (int) bits)
            .blend(IntVector.broadcast(INT, (int) (bits >>> 32)), UPPER);
    IntVector index = both.lanewise(VectorOperators.LSHR, HIGH_FIRST_SHIFTS).and(0xf);
    return index.selectFrom(table).reinterpretAsFloats();
  }

  private static FloatVector eightCodes(
      MemorySegment codes, long at, IntVector table, IntVector upperTable) {
    int bits = codes.get(JAVA_INT_UNALIGNED, at);
    IntVector index =
        IntVector.broadcast(INT, bits).lanewise(VectorOperators.LSHR, HIGH_FIRST_SHIFTS).and(0xf);
    return index.selectFrom(table, upperTable).reinterpretAsFloats();
  }

  @Override
  public void float8(MemorySegment out, MemorySegment x, float scale, long n) {
    long i = 0;
    if (BYTE.length() == LANES) {
      for (long bound = n - n % LANES; i < bound; i += LANES) {
        IntVector bits =
            (IntVector)
                ByteVector.fromMemorySegment(BYTE, x, i, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
        float8(bits).mul(scale).intoMemorySegment(out, Float.BYTES * i, ORDER);
      }
    }
    if (i < n) {
      SCALAR.float8(
          out.asSlice(Float.BYTES * i, Float.BYTES * (n - i)), x.asSlice(i, n - i), scale, n - i);
    }
  }

  /**
   * Converts E4M3 to f32: the exponent bias changes from 7 to 127; values below 2^-6 are subnormal,
   * and 0x7f is NaN.
   */
  private static FloatVector float8(IntVector bits) {
    IntVector magnitude = bits.and(0x7f);
    IntVector sign = bits.and(0x80).lanewise(VectorOperators.LSHL, 24);
    IntVector normal = magnitude.lanewise(VectorOperators.LSHL, 20).add(120 << 23);
    IntVector small =
        ((FloatVector) magnitude.convert(VectorOperators.I2F, 0)).mul(0x1p-9f).reinterpretAsInts();
    return normal
        .blend(small, magnitude.compare(VectorOperators.LT, 8))
        .blend(0x7fc00000, magnitude.compare(VectorOperators.EQ, 0x7f))
        .or(sign)
        .reinterpretAsFloats();
  }

  @Override
  public void integers(
      MemorySegment out,
      MemorySegment x,
      Integers format,
      MemorySegment scales,
      @Nullable MemorySegment zeros,
      long n) {
    int bits = format.bits();
    int half = format.isSigned() ? 1 << (bits - 1) : 0;
    long group = 0;
    for (long from = 0; from < n; from += format.groupSize()) {
      long to = Math.min(n, from + format.groupSize());
      float zero = format.zero(zeros, group);
      float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, group);
      group++;
      // two's complement is the code with its highest bit flipped, less that bit
      long done = from;
      if (bits == 8) {
        done = bytes(out, x, half, zero + half, scale, from, to);
      } else if (bits <= 4 && LANES >= 8) {
        done = fewBits(out, x, bits, half, zero + half, scale, from, to);
      }
      if (done < to) {
        ScalarUnpack.integers(out, x, format, zero, scale, done, to);
      }
    }
  }

  /** Unpacks whole vectors of integers [from, to) of 8 bits; returns where it ended. */
  private static long bytes(
      MemorySegment out, MemorySegment x, int flip, float zero, float scale, long from, long to) {
    long i = from;
    if (BYTE.length() == LANES) {
      for (; i <= to - LANES; i += LANES) {
        IntVector codes =
            (IntVector)
                ByteVector.fromMemorySegment(BYTE, x, i, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
        scaled(codes.lanewise(VectorOperators.XOR, flip), zero, scale)
            .intoMemorySegment(out, Float.BYTES * i, ORDER);
      }
    }
    return i;
  }

  /**
   * Unpacks whole vectors of integers [from, to) of at most 4 bits; returns where it ended. 8 of
   * them fill {@code bits} bytes, and lie within 32 bits.
   */
  private static long fewBits(
      MemorySegment out,
      MemorySegment x,
      int bits,
      int flip,
      float zero,
      float scale,
      long from,
      long to) {
    IntVector shifts = LANE_OF_LOAD.mul(bits);
    int mask = (1 << bits) - 1;
    int readBytes = 4 + (LANES / 8 - 1) * bits;
    long last = Math.min(to - LANES, (x.byteSize() - readBytes) * 8 / bits);
    long i = from;
    for (; i <= last; i += LANES) {
      long at = i * bits / 8;
      IntVector both = IntVector.broadcast(INT, x.get(JAVA_INT_UNALIGNED, at));
      if (LANES == 16) {
        both = both.blend(IntVector.broadcast(INT, x.get(JAVA_INT_UNALIGNED, at + bits)), UPPER);
      }
      IntVector codes = both.lanewise(VectorOperators.LSHR, shifts).and(mask);
      scaled(codes.lanewise(VectorOperators.XOR, flip), zero, scale)
          .intoMemorySegment(out, Float.BYTES * i, ORDER);
    }
    return i;
  }

  private static FloatVector scaled(IntVector codes, float zero, float scale) {
    return ((FloatVector) codes.convert(VectorOperators.I2F, 0)).sub(zero).mul(scale);
  }
}
