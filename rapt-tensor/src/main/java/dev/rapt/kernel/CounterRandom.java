package dev.rapt.kernel;

/**
 * Random decisions that are a function of a seed and an index alone, so that any part of a tensor
 * can be computed anywhere, again, and in any order. The mixing function is the 32-bit finaliser
 * "lowbias32" of Chris Wellons (https://nullprogram.com/blog/2018/07/31/), applied twice with the
 * halves of the seed and of the index.
 */
public final class CounterRandom {
  private CounterRandom() {}

  /** 32 random bits for this index. */
  public static int bits(long seed, long index) {
    int x = mix((int) index ^ (int) seed);
    return mix(x ^ (int) (index >>> 32) ^ (int) (seed >>> 32));
  }

  /** Whether the element at this index is kept when each is dropped with this probability. */
  public static boolean keep(long seed, long index, float probability) {
    return Integer.compareUnsigned(bits(seed, index), threshold(probability)) >= 0;
  }

  /**
   * Elements whose random bits, unsigned, lie below this are dropped.
   *
   * @throws IllegalArgumentException if the probability is not in [0, 1)
   */
  public static int threshold(float probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout: the probability must lie in [0, 1), got " + probability);
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
