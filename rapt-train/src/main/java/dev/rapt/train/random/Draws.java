package dev.rapt.train.random;

/**
 * A stream of random numbers for one row of one batch. It depends on the seed, the step and the row
 * alone, so that a resumed run draws what an uninterrupted one would have drawn. For one thread.
 */
public final class Draws {
  private static final double UNIT = 0x1p-53;

  private final long key;
  private final long stream;
  private long count;

  private Draws(long key, long stream) {
    this.key = key;
    this.stream = stream;
  }

  /** Returns the stream of this row of the batch of this step. */
  public static Draws of(long seed, long step, long row) {
    return new Draws(seed, Philox.bits(seed, step, row));
  }

  /** Returns a uniform number in [0, 1). */
  public double uniform() {
    return (bits() >>> 11) * UNIT;
  }

  /** Returns a uniform integer in [0, bound). */
  public int below(int bound) {
    return (int) Math.unsignedMultiplyHigh(bits(), bound);
  }

  /** Returns whether an event of this probability happens. */
  public boolean happens(double probability) {
    return uniform() < probability;
  }

  /** Returns a number of the Poisson distribution, by inversion. */
  public int poisson(double mean) {
    double left = uniform();
    double probability = Math.exp(-mean);
    int k = 0;
    while (left >= probability && probability > 0) {
      left -= probability;
      k++;
      probability *= mean / k;
    }
    return k;
  }

  /** Shuffles the values: Fisher and Yates. */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = below(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  private long bits() {
    return Philox.bits(key, stream, count++);
  }
}
