package dev.rapt.train.random;

/**
 * A pseudo-random permutation of [0, size) that is computed, not stored: a balanced Feistel network
 * over the next power of four, iterated until the value falls into the range (J. Black and P.
 * Rogaway, Ciphers with Arbitrary Finite Domains, CT-RSA 2002, section 3). Fewer than four rounds
 * of the network are expected for a value.
 */
public final class KeyedPermutation {
  private static final int ROUNDS = 6;

  private final long size;
  private final long key;
  private final int halfBits;
  private final long halfMask;

  public KeyedPermutation(long size, long key) {
    if (size < 1) {
      throw new IllegalArgumentException("permutation: size must be positive, got " + size);
    }
    this.size = size;
    this.key = key;
    int bits = 64 - Long.numberOfLeadingZeros(size - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
    this.halfMask = (1L << halfBits) - 1;
  }

  /** The image of {@code index}. */
  public long at(long index) {
    long value = index;
    do {
      value = encrypt(value);
    } while (value >= size);
    return value;
  }

  private long encrypt(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (Philox.bits(key, round, right) & halfMask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }
}
