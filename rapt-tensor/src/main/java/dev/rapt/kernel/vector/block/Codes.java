package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.math.VectorMath.INT;

import dev.rapt.kernel.vector.math.Addresses;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bytes of a block as vectors of ints, one byte in each lane, and its little-endian numbers, by
 * their addresses. No byte beyond those asked for is read.
 */
final class Codes {
  private static final MemorySegment ALL = Addresses.all();

  /** Number of bytes in a vector of codes. */
  static final int LANES = INT.length();

  /** Vectors of bytes with as many lanes as a vector of ints; not used with 4 lanes. */
  private static final VectorSpecies<Byte> BYTE =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));

  /** First bit of byte i of a 32-bit word in lane i. */
  private static final IntVector BYTE_SHIFTS = IntVector.broadcast(INT, 0).addIndex(8).and(31);

  /** Number of lane i. */
  private static final IntVector INDEX = IntVector.broadcast(INT, 0).addIndex(1);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Codes() {}

  /** Reads bytes [at, at + LANES) as unsigned numbers. */
  static IntVector unsigned(long at) {
    if (LANES == 4) {
      return IntVector.broadcast(INT, ALL.get(WORD, at))
          .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
          .and(0xff);
    }
    return (IntVector) bytes(at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
  }

  /** Reads bytes [at, at + LANES) as signed numbers. */
  static IntVector signed(long at) {
    if (LANES == 4) {
      return unsigned(at).lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
    }
    return (IntVector) bytes(at).convertShape(VectorOperators.B2I, INT, 0);
  }

  private static ByteVector bytes(long at) {
    return ByteVector.fromMemorySegment(BYTE, ALL, at, Lanes.ORDER);
  }

  /** Returns bits [from, from + LANES) of a word, one in each lane. */
  static IntVector bits(int word, int from) {
    return IntVector.broadcast(INT, word >>> from).lanewise(VectorOperators.LSHR, INDEX).and(1);
  }

  /** Shifts each lane to the right. */
  static IntVector shifted(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHR, bits);
  }

  /** Shifts each lane to the left. */
  static IntVector raised(IntVector v, int bits) {
    return v.lanewise(VectorOperators.LSHL, bits);
  }

  /** Converts small integers to f32. */
  static FloatVector floats(IntVector v) {
    return (FloatVector) v.convert(VectorOperators.I2F, 0);
  }

  static int byteAt(long at) {
    return ALL.get(ValueLayout.JAVA_BYTE, at);
  }

  static int unsignedByte(long at) {
    return byteAt(at) & 0xff;
  }

  static int word(long at) {
    return ALL.get(WORD, at);
  }

  static int unsignedShort(long at) {
    return ALL.get(SHORT, at) & 0xffff;
  }

  /** Reads a number in half precision. */
  static float half(long at) {
    return Float.float16ToFloat(ALL.get(SHORT, at));
  }
}
