package dev.rapt.cli.bench;

import java.util.ArrayList;
import java.util.List;

/** Collects the speeds of steps after warm-up, until enough time has been measured. */
final class SteadySpeeds {
  // bench/peer.py has the same three values
  private static final int WARM_UP_STEPS = 2;
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final int MIN_STEPS = 3;

  private final List<Double> values = new ArrayList<>();
  private final long nanos;
  private final long start = System.nanoTime();
  private long measuredFrom;
  private int steps;

  SteadySpeeds(double seconds) {
    nanos = Math.round(seconds * 1e9);
  }

  /** Adds the speed of the step that has just ended; returns whether to run another. */
  boolean add(double perSecond) {
    long now = System.nanoTime();
    steps++;
    if (measuredFrom == 0) {
      boolean warm = steps >= WARM_UP_STEPS && now - start >= WARM_UP_NANOS;
      measuredFrom = warm ? now : 0;
      return true;
    }
    values.add(perSecond);
    return values.size() < MIN_STEPS || now - measuredFrom <= nanos;
  }

  /** Work per second of each measured step. */
  List<Double> values() {
    return values;
  }
}
