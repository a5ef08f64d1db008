package dev.rapt.cli.bench;

import dev.rapt.machine.EnergyMeter;
import dev.rapt.tensor.MemoryPool;
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
  private double joulesBefore;
  private double watts = Double.NaN;
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
      if (warm) {
        joulesBefore = EnergyMeter.ofMachine().joules();
        measuredFrom = System.nanoTime();
      }
      return true;
    }
    values.add(perSecond);
    boolean more = values.size() < MIN_STEPS || now - measuredFrom <= nanos;
    if (!more) {
      watts = (EnergyMeter.ofMachine().joules() - joulesBefore) * 1e9 / (now - measuredFrom);
    }
    return more;
  }

  /** What was measured, with the peak memory of tensors. */
  Contender.Measured measured() {
    return new Contender.Measured(values, MemoryPool.shared().peakBytes(), watts);
  }
}
