package dev.rapt.train.optim;

/**
 * A learning rate schedule: the learning rate of each step as a factor of its peak. The formulas
 * are those of the Hugging Face library, also for steps after the end of the run.
 */
public sealed interface Schedule {
  /** The factor at a step; steps are counted from 0. */
  double factor(long step);

  /** The shape of a rise or fall between 0 and 1. */
  enum Ramp {
    /** A straight line. */
    LINEAR,
    /** Half a cosine wave. */
    COSINE,
    /** 1 - sqrt(1 - x) upwards, 1 - sqrt(x) downwards. */
    ONE_MINUS_SQRT;

    double up(double x) {
      return switch (this) {
        case LINEAR -> x;
        case COSINE -> 0.5 * (1 - Math.cos(Math.PI * x));
        case ONE_MINUS_SQRT -> 1 - Math.sqrt(1 - x);
      };
    }

    double down(double x) {
      return switch (this) {
        case LINEAR -> 1 - x;
        case COSINE -> 0.5 * (1 + Math.cos(Math.PI * x));
        case ONE_MINUS_SQRT -> 1 - Math.sqrt(x);
      };
    }
  }

  /** Linear warm-up, then constant. */
  record Constant(long warmupSteps) implements Schedule {
    @Override
    public double factor(long step) {
      return step < warmupSteps ? warmup(step, warmupSteps) : 1;
    }
  }

  /** Linear warm-up, then linear decay to 0 at the last step. */
  record Linear(long warmupSteps, long steps) implements Schedule {
    @Override
    public double factor(long step) {
      return step < warmupSteps
          ? warmup(step, warmupSteps)
          : Math.max(0, 1 - progress(step, warmupSteps, steps));
    }
  }

  /**
   * Linear warm-up, then cosine decay.
   *
   * @param cycles number of cosine waves until the last step; 0.5 ends at the smallest factor
   * @param minFactor the smallest factor
   */
  record Cosine(long warmupSteps, long steps, double cycles, double minFactor) implements Schedule {
    @Override
    public double factor(long step) {
      if (step < warmupSteps) {
        return warmup(step, warmupSteps);
      }
      double angle = 2 * Math.PI * cycles * progress(step, warmupSteps, steps);
      double wave = 0.5 * (1 + Math.cos(angle));
      return Math.max(0, wave * (1 - minFactor) + minFactor);
    }
  }

  /**
   * Linear warm-up, then decay with the inverse square root of the step: the schedule of "Attention
   * Is All You Need", arXiv:1706.03762, section 5.3, relative to its peak.
   */
  record InverseSqrt(long warmupSteps) implements Schedule {
    @Override
    public double factor(long step) {
      double peak = Math.max(1, warmupSteps);
      return step < peak ? warmup(step, warmupSteps) : Math.sqrt(peak / step);
    }
  }

  /**
   * Warm-up, stable, decay. arXiv:2404.06395, section 4.
   *
   * @param warmup shape of the rise from minFactor to 1
   * @param decay shape of the fall from 1 to minFactor
   * @param minFactor where it begins and ends
   */
  record WarmupStableDecay(
      long warmupSteps,
      long stableSteps,
      long decaySteps,
      Ramp warmup,
      Ramp decay,
      double minFactor)
      implements Schedule {
    @Override
    public double factor(long step) {
      long decayFrom = warmupSteps + stableSteps;
      if (step < warmupSteps) {
        return scaled(warmup.up(progress(step, 0, warmupSteps)));
      }
      if (step < decayFrom) {
        return 1;
      }
      return step < decayFrom + decaySteps
          ? scaled(decay.down(progress(step, decayFrom, decayFrom + decaySteps)))
          : minFactor;
    }

    private double scaled(double x) {
      return Math.max(0, x * (1 - minFactor) + minFactor);
    }
  }

  private static double warmup(long step, long warmupSteps) {
    return progress(step, 0, warmupSteps);
  }

  private static double progress(long step, long from, long to) {
    return (double) (step - from) / Math.max(1, to - from);
  }
}
