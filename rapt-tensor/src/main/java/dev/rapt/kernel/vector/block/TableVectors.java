package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.LANES;
import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.block.Codes.unsignedByte;
import static dev.rapt.kernel.vector.block.Codes.unsignedShort;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.store;
import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;

import dev.rapt.kernel.block.BlockTables;
import dev.rapt.kernel.vector.math.Addresses;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of 4-bit codes of the values of a table. The values are small integers, so the table is
 * one vector of 16 bytes, and 16 values are looked up at once.
 */
final class TableVectors {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final int CODES = BYTES.length();

  private static final ByteVector IQ4 = table(BlockTables::iq4);
  private static final ByteVector FLOAT4 = table(BlockTables::doubledFloat4);

  private TableVectors() {}

  private static ByteVector table(IntUnaryOperator valueOf) {
    byte[] values = new byte[CODES];
    for (int i = 0; i < CODES; i++) {
      values[i] = (byte) valueOf.applyAsInt(i);
    }
    return ByteVector.fromArray(BYTES, values, 0);
  }

  static void iq4nl(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      float scale = half(bounded(x) + 18L * b);
      long to = bounded(out) + 32L * Float.BYTES * b;
      ByteVector pairs =
          ByteVector.fromMemorySegment(BYTES, Addresses.all(), bounded(x) + 18L * b + 2, ORDER);
      ByteVector low = pairs.and((byte) 15).selectFrom(IQ4);
      ByteVector high = pairs.lanewise(VectorOperators.LSHR, 4).selectFrom(IQ4);
      for (int part = 0; part < CODES / LANES; part++) {
        store(to, part * LANES, floats(low, part).mul(scale));
        store(to, 16 + part * LANES, floats(high, part).mul(scale));
      }
    }
  }

  static void iq4xs(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 136L * b;
      float scale = half(at);
      int highBits = unsignedShort(at + 2);
      for (int sub = 0; sub < 8; sub++) {
        int lowBits = unsignedByte(at + 4 + sub / 2) >> (4 * (sub & 1)) & 15;
        float d = scale * (lowBits + 16 * (highBits >> (2 * sub) & 3) - 32);
        long to = bounded(out) + Float.BYTES * (256L * b + 32 * sub);
        ByteVector pairs =
            ByteVector.fromMemorySegment(BYTES, Addresses.all(), at + 8 + 16 * sub, ORDER);
        ByteVector low = pairs.and((byte) 15).selectFrom(IQ4);
        ByteVector high = pairs.lanewise(VectorOperators.LSHR, 4).selectFrom(IQ4);
        for (int part = 0; part < CODES / LANES; part++) {
          store(to, part * LANES, floats(low, part).mul(d));
          store(to, 16 + part * LANES, floats(high, part).mul(d));
        }
      }
    }
  }

  static void mxfp4(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      float power = BlockTables.halfPower(unsignedByte(bounded(x) + 17L * b));
      long to = bounded(out) + 32L * Float.BYTES * b;
      ByteVector pairs =
          ByteVector.fromMemorySegment(BYTES, Addresses.all(), bounded(x) + 17L * b + 1, ORDER);
      ByteVector low = pairs.and((byte) 15).selectFrom(FLOAT4);
      ByteVector high = pairs.lanewise(VectorOperators.LSHR, 4).selectFrom(FLOAT4);
      for (int part = 0; part < CODES / LANES; part++) {
        store(to, part * LANES, floats(low, part).mul(power));
        store(to, 16 + part * LANES, floats(high, part).mul(power));
      }
    }
  }

  private static FloatVector floats(ByteVector values, int part) {
    return (FloatVector) values.convertShape(VectorOperators.B2F, FLOAT, part);
  }
}
