package dev.rapt.train;

import java.util.function.LongSupplier;

/**
 * Forecasts how many steps a run makes within its time limit, from the time that is left and the
 * mean time of the newest steps. What comes between steps, such as evaluations, counts as theirs.
 */
final class StepForecast {
  private static final double NANOS = 1e9;

  /**
   * Least share of the newest step in the mean: high enough to follow a machine that turns slow.
   */
  private static final double NEWEST = 0.03;

  private final LongSupplier nanoTime;
  private final double limitSeconds;
  private final long mostSteps;
  private final long start;
  private long last;
  private long steps;
  private double secondsPerStep;

  /**
   * Starts the clock.
   *
   * @param limitSeconds infinite for none
   * @param mostSteps the run makes no more, however fast it is
   * @param nanoTime the clock, {@link System#nanoTime} but for tests
   */
  StepForecast(double limitSeconds, long mostSteps, LongSupplier nanoTime) {
    this.limitSeconds = limitSeconds;
    this.mostSteps = mostSteps;
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
    last = start;
  }

  /** Notes the end of a step; returns how many the whole run will have made at this speed. */
  long stepsInAll(long stepsMade) {
    long now = nanoTime.getAsLong();
    double took = (now - last) / NANOS;
    last = now;
    steps++;
    // The first step, in which code is loaded, counts only until there is another.
    double share = steps <= 2 ? 1 : Math.max(NEWEST, 1.0 / (steps - 1));
    secondsPerStep += share * (took - secondsPerStep);
    double left = limitSeconds - (now - start) / NANOS;
    double more = left > 0 ? Math.max(1, left / secondsPerStep) : 0;
    return more < mostSteps - stepsMade ? stepsMade + Math.round(more) : mostSteps;
  }
}
