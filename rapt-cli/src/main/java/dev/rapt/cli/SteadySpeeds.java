package dev.rapt.cli;

import java.util.ArrayList;
import java.util.List;

/** Collects the speeds of steps after the first ones, until so much time has been measured. */
final class SteadySpeeds {
  // the peers' clock, bench/peer.py, has the same three
  private static final int WARM_UP_STEPS = 2;
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final int FEWEST_STEPS = 3;

  private final List<Double> values = new ArrayList<>();
  private final long nanos;
  private final long start = System.nanoTime();
  private long measuredFrom;
  private int steps;

  SteadySpeeds(double seconds) {
    nanos = Math.round(seconds * 1e9);
  }

  /** Takes the speed of the step that has just ended; returns whether to go on. */
  boolean add(double perSecond) {
    long now = System.nanoTime();
    steps++;
    if (measuredFrom == 0) {
      boolean warm = steps >= WARM_UP_STEPS && now - start >= WARM_UP_NANOS;
      measuredFrom = warm ? now : 0;
      return true;
    }
    values.add(perSecond);
    return values.size() < FEWEST_STEPS || now - measuredFrom <= nanos;
  }

  /** Work per second of each step that counts. */
  List<Double> values() {
    return values;
  }
}
