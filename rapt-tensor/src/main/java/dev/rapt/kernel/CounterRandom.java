package dev.rapt.kernel;

/**
 * Counter-based random numbers: a function of a seed and an index only, so any part of a tensor can
 * be computed on any thread, repeatedly and in any order. The mixing function is the 32-bit
 * finaliser "lowbias32" of Chris Wellons (https://nullprogram.com/blog/2018/07/31/), applied twice
 * with the halves of the seed and of the index.
 */
public final class CounterRandom {
  private CounterRandom() {}

  /** 32 random bits for this index. */
  public static int bits(long seed, long index) {
    int x = mix((int) index ^ (int) seed);
    return mix(x ^ (int) (index >>> 32) ^ (int) (seed >>> 32));
  }

  /** Whether dropout with this probability keeps the element at this index. */
  public static boolean keep(long seed, long index, float probability) {
    return Integer.compareUnsigned(bits(seed, index), threshold(probability)) >= 0;
  }

  /**
   * Returns the dropout threshold: elements whose unsigned random bits are below it are dropped.
   *
   * @throws IllegalArgumentException if the probability is not in [0, 1)
   */
  public static int threshold(float probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout: the probability must be in [0, 1), got " + probability);
    }
    return (int) (long) (probability * 4294967296.0);
  }

  private static int mix(int x) {
    x ^= x >>> 16;
    x *= 0x7feb352d;
    x ^= x >>> 15;
    x *= 0x846ca68b;
    x ^= x >>> 16;
    return x;
  }
}
