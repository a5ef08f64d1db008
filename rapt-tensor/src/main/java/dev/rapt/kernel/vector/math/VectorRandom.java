package dev.rapt.kernel.vector.math;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The bits of {@link dev.rapt.kernel.CounterRandom} for adjacent indices. */
public final class VectorRandom {
  private static final IntVector COUNT = IntVector.zero(VectorMath.INT).addIndex(1);

  private VectorRandom() {}

  /**
   * Returns the bits of as many indices as a vector has lanes; their upper halves must be equal.
   */
  public static IntVector bits(long seed, long firstIndex) {
    IntVector index = COUNT.add((int) firstIndex);
    int high = (int) (seed >>> 32) ^ (int) (firstIndex >>> 32);
    return mix(
        mix(index.lanewise(VectorOperators.XOR, (int) seed)).lanewise(VectorOperators.XOR, high));
  }

  private static IntVector mix(IntVector x) {
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
    x = x.mul(0x7feb352d);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15));
    x = x.mul(0x846ca68b);
    return x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
  }
}
