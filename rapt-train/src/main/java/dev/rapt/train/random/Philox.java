package dev.rapt.train.random;

/**
 * The counter-based generator Philox4x32-10 (J. Salmon et al., Parallel Random Numbers: As Easy as
 * 1, 2, 3, SC 2011): random bits are a function of key and counter.
 */
public final class Philox {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  private Philox() {}

  /** 64 bits for the two counters, under the key. */
  public static long bits(long key, long counterHigh, long counterLow) {
    int[] c = {
      (int) counterLow, (int) (counterLow >>> 32), (int) counterHigh, (int) (counterHigh >>> 32)
    };
    block(c, (int) key, (int) (key >>> 32));
    return (c[0] & 0xffffffffL) | (long) c[1] << 32;
  }

  /** Uniform in [0, bound), up to a bias below bound / 2^64. */
  public static long below(long bound, long key, long counterHigh, long counterLow) {
    return Math.unsignedMultiplyHigh(bits(key, counterHigh, counterLow), bound);
  }

  /** Replaces the counter by the four random words of its block. */
  public static void block(int[] c, int key0, int key1) {
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c[0] & 0xffffffffL);
      long p1 = MULTIPLIER_1 * (c[2] & 0xffffffffL);
      int x0 = (int) (p1 >>> 32) ^ c[1] ^ key0;
      int x2 = (int) (p0 >>> 32) ^ c[3] ^ key1;
      c[0] = x0;
      c[1] = (int) p1;
      c[2] = x2;
      c[3] = (int) p0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
  }
}
