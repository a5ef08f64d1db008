package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.store;

import dev.rapt.kernel.vector.math.Addresses;
import dev.rapt.kernel.vector.math.Lanes;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Scales of the sub-blocks of K-quants as f32. All arguments are addresses. */
final class SuperScales {
  private static final int BYTES = Float.BYTES;

  /** Number of sub-blocks of Q4_K. */
  private static final int SUBS = 8;

  /** Vectors of at most 8 lanes: those of a block. */
  private static final VectorSpecies<Float> FLOAT =
      Codes.LANES < SUBS ? FloatVector.SPECIES_128 : FloatVector.SPECIES_256;

  private static final VectorSpecies<Integer> INT =
      Codes.LANES < SUBS ? IntVector.SPECIES_128 : IntVector.SPECIES_256;

  private SuperScales() {}

  /**
   * Takes the scales and minima of blocks of several rows of Q4_K apart.
   *
   * @param scales place of 8 f32 for each block, and 16 bytes more
   * @param out an f32 for each row, to which the minima's share of the product is added
   * @param sums sum of each 32 elements of x, f32
   */
  static void q4k(
      long scales, long out, long sums, long w, long rowBytes, int rows, int numBlocks) {
    long bytes = bounded(scales + BYTES * SUBS * (long) rows * numBlocks);
    for (int r = 0; r < rows; r++) {
      FloatVector minima = FloatVector.zero(FLOAT);
      for (int b = 0; b < numBlocks; b++) {
        long index = (long) r * numBlocks + b;
        long block = bounded(w + r * rowBytes + 144L * b);
        Addresses.setLong(bytes, SuperVectors.scales(block + 4));
        Addresses.setLong(bytes + SUBS, SuperVectors.minima(block + 4));
        FloatVector scale = FloatVector.broadcast(FLOAT, half(block));
        FloatVector minScale = FloatVector.broadcast(FLOAT, half(block + 2));
        long to = bounded(scales + BYTES * SUBS * index);
        long from = bounded(sums) + BYTES * SUBS * (long) b;
        for (int i = 0; i < SUBS; i += FLOAT.length()) {
          store(to + BYTES * i, floats(bytes + i).mul(scale));
          minima = floats(bytes + SUBS + i).mul(minScale).fma(load(from + BYTES * i), minima);
        }
      }
      add(out + BYTES * (long) r, -minima.reduceLanes(VectorOperators.ADD));
    }
  }

  /**
   * Converts the scales of blocks of several rows of Q6_K.
   *
   * @param scales place of 16 f32 for each block
   * @param out an f32 for each row, to which the share of the offset of 32 is added
   * @param sums sum of each 16 elements of x, f32
   */
  static void q6k(
      long scales, long out, long sums, long w, long rowBytes, int rows, int numBlocks) {
    for (int r = 0; r < rows; r++) {
      FloatVector offset = FloatVector.zero(Lanes.FLOAT);
      for (int b = 0; b < numBlocks; b++) {
        long index = (long) r * numBlocks + b;
        long block = bounded(w + r * rowBytes + 210L * b);
        FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, half(block + 208));
        long to = bounded(scales + BYTES * 16 * index);
        long from = bounded(sums) + BYTES * 16 * (long) b;
        for (int i = 0; i < 16; i += Codes.LANES) {
          FloatVector product = Codes.floats(Codes.signed(block + 192 + i)).mul(scale);
          store(to, i, product);
          offset = product.fma(Addresses.load(from, i), offset);
        }
      }
      add(out + BYTES * (long) r, -32 * Lanes.sum(offset));
    }
  }

  private static void add(long at, float value) {
    Addresses.set(at, Addresses.get(at) + value);
  }

  private static FloatVector load(long at) {
    return FloatVector.fromMemorySegment(FLOAT, Addresses.all(), at, Lanes.ORDER);
  }

  /** Reads 8 bytes, or 4 if a vector has no more lanes, as f32. */
  private static FloatVector floats(long at) {
    if (FLOAT.length() < SUBS) {
      return Codes.floats(Codes.unsigned(at));
    }
    ByteVector bytes =
        ByteVector.fromMemorySegment(ByteVector.SPECIES_64, Addresses.all(), at, Lanes.ORDER);
    IntVector codes = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
    return Codes.floats(codes);
  }
}
