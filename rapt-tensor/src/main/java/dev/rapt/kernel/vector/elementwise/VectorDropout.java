package dev.rapt.kernel.vector.elementwise;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;

import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.vector.math.VectorRandom;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Dropout in the Vector API, with the same bits as {@link CounterRandom}. */
final class VectorDropout {
  private VectorDropout() {}

  /** As {@link dev.rapt.kernel.ElementwiseKernel#dropout}. */
  static void run(
      MemorySegment out, MemorySegment x, float probability, long seed, long firstIndex, long n) {
    int threshold = CounterRandom.threshold(probability);
    float scale = 1 / (1 - probability);
    long i = 0;
    while (i < n) {
      long index = firstIndex + i;
      long sameHigh =
          (index | 0xffffffffL) - index + 1; // elements until the upper half of the index changes
      long to = Math.min(n, i + sameHigh);
      long bound = i + FLOAT.loopBound(to - i);
      vectors(out, x, i, bound, seed, firstIndex, threshold, scale);
      for (i = bound; i < to; i++) {
        boolean keep =
            Integer.compareUnsigned(CounterRandom.bits(seed, firstIndex + i), threshold) >= 0;
        set(out, i, keep ? get(x, i) * scale : 0);
      }
    }
  }

  private static void vectors(
      MemorySegment out,
      MemorySegment x,
      long from,
      long to,
      long seed,
      long firstIndex,
      int threshold,
      float scale) {
    int signed = threshold ^ Integer.MIN_VALUE; // maps unsigned order to a signed comparison
    for (long i = from; i < to; i += LANES) {
      IntVector bits = VectorRandom.bits(seed, firstIndex + i);
      VectorMask<Float> dropped =
          bits.lanewise(VectorOperators.XOR, Integer.MIN_VALUE)
              .compare(VectorOperators.LT, signed)
              .cast(FLOAT);
      store(out, i, load(x, i).mul(scale).blend(0, dropped));
    }
  }
}
