package dev.rapt.train;

import dev.rapt.compute.Matmul;
import dev.rapt.tensor.DType;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Schedule;

/**
 * How a run is trained.
 *
 * @param steps updates in all
 * @param accumulation batches whose gradients make one update
 * @param seed of dropout
 * @param lr peak learning rate
 * @param schedule how the learning rate changes
 * @param warmupSteps steps until the learning rate reaches its peak
 * @param minLrRatio where cosine, and warm-up-stable-decay, end: a share of the peak
 * @param decayShare share of the steps in which warm-up-stable-decay falls
 * @param optimizer which one, and its constants
 * @param maxGradNorm gradients are scaled down to this norm; 0 for never
 * @param precision what products are computed in
 * @param recompute whether the inside of blocks is computed again in the backward pass, which takes
 *     a third more time and much less memory
 * @param emaDecay of the moving average of the weights; 0 for none
 * @param evalEverySteps steps between evaluations; 0 for none but the last
 * @param evalBatches most batches of an evaluation
 * @param sampleEverySteps steps between samples; 0 for none
 * @param saveEverySteps steps between checkpoints; 0 for none
 * @param saveEveryMinutes time between checkpoints; 0 for none. A run always ends with one
 * @param keepCheckpoints how many of the newest are kept, at least 1
 */
public record TrainOptions(
    long steps,
    int accumulation,
    long seed,
    double lr,
    ScheduleKind schedule,
    long warmupSteps,
    double minLrRatio,
    double decayShare,
    OptimizerOptions optimizer,
    double maxGradNorm,
    PrecisionMode precision,
    boolean recompute,
    double emaDecay,
    long evalEverySteps,
    int evalBatches,
    long sampleEverySteps,
    long saveEverySteps,
    double saveEveryMinutes,
    int keepCheckpoints) {

  /** How the learning rate changes. */
  public enum ScheduleKind {
    /** Stays at its peak. */
    CONSTANT,
    /** Falls straight to 0. */
    LINEAR,
    /** Falls along half a cosine wave. */
    COSINE,
    /** Stays, then falls straight over the last share of the steps. */
    WSD
  }

  /** What products are computed in. */
  public enum PrecisionMode {
    /** f32 throughout. */
    F32,
    /** bf16 weights and activations, f32 masters, statistics and optimiser state. */
    BF16,
    /** bf16 where the machine multiplies it natively and the model is wide enough, else f32. */
    AUTO;

    /** In narrower models conversions around element-wise work cost more than products gain. */
    private static final int LEAST_AUTO_WIDTH = 256;

    /** Whether a model of this width is then trained in bf16 on this machine. */
    public boolean isBf16(int width) {
      boolean gains =
          width >= LEAST_AUTO_WIDTH && Matmul.isNative(DType.BF16, DType.BF16, DType.F32);
      return this == BF16 || (this == AUTO && gains);
    }
  }

  public TrainOptions {
    require("steps", "at least 1", steps >= 1, steps);
    require("accumulation", "at least 1", accumulation >= 1, accumulation);
    require("learning rate", "positive", lr > 0 && Double.isFinite(lr), lr);
    require("warm-up steps", "0 or more", warmupSteps >= 0, warmupSteps);
    require("minimum learning rate", "a share of 0 to 1", isShare(minLrRatio), minLrRatio);
    require("decay", "a share of 0 to 1", isShare(decayShare), decayShare);
    require("gradient norm", "0 or more", maxGradNorm >= 0, maxGradNorm);
    require("EMA decay", "in [0, 1)", emaDecay >= 0 && emaDecay < 1, emaDecay);
    require("evaluation interval", "0 or more steps", evalEverySteps >= 0, evalEverySteps);
    require("evaluation batches", "at least 1", evalBatches >= 1, evalBatches);
    require("sample interval", "0 or more steps", sampleEverySteps >= 0, sampleEverySteps);
    require("save interval", "0 or more steps", saveEverySteps >= 0, saveEverySteps);
    require("save interval", "0 or more minutes", saveEveryMinutes >= 0, saveEveryMinutes);
    require("checkpoints to keep", "at least 1", keepCheckpoints >= 1, keepCheckpoints);
  }

  private static boolean isShare(double value) {
    return value >= 0 && value <= 1;
  }

  private static void require(String name, String rule, boolean holds, Number value) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": must be " + rule + ", got " + value);
    }
  }

  /**
   * AdamW along a cosine to a tenth of 1e-3, 5% of the steps of warm-up, clipped to norm 1, in the
   * machine's best precision; an evaluation every tenth of the run, a checkpoint every 10 minutes.
   */
  public static TrainOptions of(long steps) {
    return builder(steps).build();
  }

  /** These defaults, to be changed one by one. */
  public static Builder builder(long steps) {
    return new Builder(steps);
  }

  /** These options, to be changed one by one. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The factors of the learning rate for updates counted from 1, so that none is wasted on 0. */
  public Schedule learningRateFactors() {
    return switch (schedule) {
      case CONSTANT -> new Schedule.Constant(warmupSteps);
      case LINEAR -> new Schedule.Linear(warmupSteps, steps + 1);
      case COSINE -> new Schedule.Cosine(warmupSteps, steps + 1, 0.5, minLrRatio);
      case WSD -> {
        long decay = Math.round(decayShare * steps);
        long stable = Math.max(0, steps + 1 - warmupSteps - decay);
        Schedule.Ramp linear = Schedule.Ramp.LINEAR;
        yield new Schedule.WarmupStableDecay(
            warmupSteps, stable, decay, linear, linear, minLrRatio);
      }
    };
  }

  /** The learning rate of an update, counted from 1. */
  public double lrAt(long step) {
    return lr * learningRateFactors().factor(step);
  }

  /** Options under change; each method replaces one and is described at the record. */
  public static final class Builder {
    private long steps;
    private int accumulation = 1;
    private long seed = 1;
    private double lr = 1e-3;
    private ScheduleKind schedule = ScheduleKind.COSINE;
    private long warmupSteps;
    private double minLrRatio = 0.1;
    private double decayShare = 0.2;
    private OptimizerOptions optimizer = AdamW.Options.defaults();
    private double maxGradNorm = 1;
    private PrecisionMode precision = PrecisionMode.AUTO;
    private boolean recompute;
    private double emaDecay;
    private long evalEverySteps;
    private int evalBatches = 20;
    private long sampleEverySteps;
    private long saveEverySteps;
    private double saveEveryMinutes = 10;
    private int keepCheckpoints = 2;

    private Builder(long steps) {
      this.steps = steps;
      warmupSteps = steps / 20;
      evalEverySteps = Math.max(1, steps / 10);
    }

    private Builder(TrainOptions from) {
      steps = from.steps;
      accumulation = from.accumulation;
      seed = from.seed;
      lr = from.lr;
      schedule = from.schedule;
      warmupSteps = from.warmupSteps;
      minLrRatio = from.minLrRatio;
      decayShare = from.decayShare;
      optimizer = from.optimizer;
      maxGradNorm = from.maxGradNorm;
      precision = from.precision;
      recompute = from.recompute;
      emaDecay = from.emaDecay;
      evalEverySteps = from.evalEverySteps;
      evalBatches = from.evalBatches;
      sampleEverySteps = from.sampleEverySteps;
      saveEverySteps = from.saveEverySteps;
      saveEveryMinutes = from.saveEveryMinutes;
      keepCheckpoints = from.keepCheckpoints;
    }

    /** Replaces updates in all. */
    public Builder steps(long value) {
      steps = value;
      return this;
    }

    /** Replaces batches of an update. */
    public Builder accumulation(int value) {
      accumulation = value;
      return this;
    }

    /** Replaces the seed of dropout. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Replaces the peak learning rate. */
    public Builder lr(double value) {
      lr = value;
      return this;
    }

    /** Replaces how the learning rate changes. */
    public Builder schedule(ScheduleKind value) {
      schedule = value;
      return this;
    }

    /** Replaces steps until the peak. */
    public Builder warmupSteps(long value) {
      warmupSteps = value;
      return this;
    }

    /** Replaces where the learning rate ends, as a share of its peak. */
    public Builder minLrRatio(double value) {
      minLrRatio = value;
      return this;
    }

    /** Replaces share of the steps in which warm-up-stable-decay falls. */
    public Builder decayShare(double value) {
      decayShare = value;
      return this;
    }

    /** Replaces the optimiser. */
    public Builder optimizer(OptimizerOptions value) {
      optimizer = value;
      return this;
    }

    /** Replaces the largest norm of gradients; 0 for any. */
    public Builder maxGradNorm(double value) {
      maxGradNorm = value;
      return this;
    }

    /** Replaces what products are computed in. */
    public Builder precision(PrecisionMode value) {
      precision = value;
      return this;
    }

    /** Replaces whether blocks are computed again in the backward pass. */
    public Builder recompute(boolean value) {
      recompute = value;
      return this;
    }

    /** Replaces decay of the moving average; 0 for none. */
    public Builder emaDecay(double value) {
      emaDecay = value;
      return this;
    }

    /** Replaces steps between evaluations; 0 for none but the last. */
    public Builder evalEverySteps(long value) {
      evalEverySteps = value;
      return this;
    }

    /** Replaces most batches of an evaluation. */
    public Builder evalBatches(int value) {
      evalBatches = value;
      return this;
    }

    /** Replaces steps between samples; 0 for none. */
    public Builder sampleEverySteps(long value) {
      sampleEverySteps = value;
      return this;
    }

    /** Replaces steps between checkpoints; 0 for none. */
    public Builder saveEverySteps(long value) {
      saveEverySteps = value;
      return this;
    }

    /** Replaces minutes between checkpoints; 0 for none. */
    public Builder saveEveryMinutes(double value) {
      saveEveryMinutes = value;
      return this;
    }

    /** Replaces how many of the newest checkpoints are kept. */
    public Builder keepCheckpoints(int value) {
      keepCheckpoints = value;
      return this;
    }

    /** The options. */
    public TrainOptions build() {
      return new TrainOptions(
          steps,
          accumulation,
          seed,
          lr,
          schedule,
          warmupSteps,
          minLrRatio,
          decayShare,
          optimizer,
          maxGradNorm,
          precision,
          recompute,
          emaDecay,
          evalEverySteps,
          evalBatches,
          sampleEverySteps,
          saveEverySteps,
          saveEveryMinutes,
          keepCheckpoints);
    }
  }
}
