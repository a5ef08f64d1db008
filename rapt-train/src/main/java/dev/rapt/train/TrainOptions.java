package dev.rapt.train;

import dev.rapt.compute.Matmul;
import dev.rapt.tensor.DType;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Schedule;
import java.util.Locale;

/**
 * Options of a training run.
 *
 * @param steps number of updates
 * @param accumulation gradient accumulation: batches per update
 * @param seed seed of dropout
 * @param lr peak learning rate
 * @param schedule learning rate schedule
 * @param warmupSteps steps until the learning rate reaches its peak
 * @param minLrRatio final learning rate of the cosine and warm-up-stable-decay schedules, as a
 *     share of the peak
 * @param decayShare length of the decay in the warm-up-stable-decay schedule, as a share of the
 *     steps
 * @param optimizer the optimiser and its constants
 * @param maxGradNorm gradient clipping: largest global norm of the gradients; 0 for no clipping
 * @param precision f32 or mixed precision
 * @param recompute gradient checkpointing: blocks keep only their input and run again in the
 *     backward pass, which takes a third more time and much less memory
 * @param emaDecay decay rate of the exponential moving average of the weights; 0 for none
 * @param evalEverySteps steps between evaluations; 0 for the last one only
 * @param evalBatches largest number of batches in an evaluation
 * @param sampleEverySteps steps between samples; 0 for none
 * @param saveEverySteps steps between checkpoints; 0 for none
 * @param saveEveryMinutes minutes between checkpoints; 0 for none. A run always ends with a
 *     checkpoint
 * @param keepCheckpoints number of newest checkpoints to keep, at least 1
 * @param keepBest whether the best evaluation is followed by a checkpoint, which is kept and whose
 *     weights the folder of the run holds in the end
 * @param patience early stopping: evaluations without a better one after which the run ends; 0 for
 *     no limit
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
    int keepCheckpoints,
    boolean keepBest,
    int patience) {

  /** Learning rate schedules; each begins with a linear warm-up. */
  public enum ScheduleKind {
    /** Constant at the peak. */
    CONSTANT,
    /** Linear decay to 0. */
    LINEAR,
    /** Cosine decay. */
    COSINE,
    /** Decay with the inverse square root of the step, as in "Attention Is All You Need". */
    INVERSE_SQRT,
    /** Warm-up, stable, decay: constant, then linear decay over the last share of the steps. */
    WSD
  }

  /** Precision of the matrix products. */
  public enum PrecisionMode {
    /** f32 throughout. */
    F32,
    /** Mixed precision: bf16 weights and activations, f32 master weights and optimiser state. */
    BF16,
    /** bf16 where the processor multiplies bf16 natively and the model is wide enough, else f32. */
    AUTO;

    /** In narrower models the conversions to and from bf16 cost more than faster products save. */
    private static final int LEAST_AUTO_WIDTH = 256;

    /** Whether this mode trains a model of this width in bf16 on this machine. */
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
    require("patience", "0 or more evaluations", patience >= 0, patience);
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
   * The default options: AdamW with a peak learning rate of 1e-3, 5% warm-up, cosine decay to a
   * tenth of the peak, gradients clipped to norm 1, bf16 where it is faster, an evaluation after
   * each tenth of the run and a checkpoint every 10 minutes.
   */
  public static TrainOptions of(long steps) {
    return builder(steps).build();
  }

  /** A builder that starts with the defaults of {@link #of}. */
  public static Builder builder(long steps) {
    return new Builder(steps);
  }

  /** A builder that starts with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Returns the options of a longer run that begins as this one does.
   *
   * @param total number of updates of the longer run
   * @param otherwise what to do instead if the schedule forbids it, for the message
   * @throws IllegalArgumentException if the run is not longer, or its learning rates depend on the
   *     number of updates, so that a longer run would not have begun with the same ones
   */
  public TrainOptions lengthenedTo(long total, String otherwise) {
    if (total <= steps) {
      throw new IllegalArgumentException(
          "steps: must be more than the %d of the run to lengthen it, got %d; leave them out to continue the run to its end"
              .formatted(steps, total));
    }
    if (schedule != ScheduleKind.CONSTANT && schedule != ScheduleKind.INVERSE_SQRT) {
      throw new IllegalArgumentException(
          "schedule: must be constant or inverse_sqrt to lengthen a run, got %s, whose learning rates fall to their end at step %d; %s"
              .formatted(schedule.name().toLowerCase(Locale.ROOT), steps, otherwise));
    }
    return toBuilder().steps(total).build();
  }

  /** The schedule; updates are counted from 1, so that none has the learning rate 0. */
  public Schedule learningRateFactors() {
    return switch (schedule) {
      case CONSTANT -> new Schedule.Constant(warmupSteps);
      case LINEAR -> new Schedule.Linear(warmupSteps, steps + 1);
      case COSINE -> new Schedule.Cosine(warmupSteps, steps + 1, 0.5, minLrRatio);
      case INVERSE_SQRT -> new Schedule.InverseSqrt(warmupSteps);
      case WSD -> {
        long decay = Math.round(decayShare * steps);
        long stable = Math.max(0, steps + 1 - warmupSteps - decay);
        Schedule.Ramp linear = Schedule.Ramp.LINEAR;
        yield new Schedule.WarmupStableDecay(
            warmupSteps, stable, decay, linear, linear, minLrRatio);
      }
    };
  }

  /** The learning rate of an update; updates are counted from 1. */
  public double lrAt(long step) {
    return lr * learningRateFactors().factor(step);
  }

  /** Builds options; {@link TrainOptions} describes each. */
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
    private boolean keepBest;
    private int patience;

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
      keepBest = from.keepBest;
      patience = from.patience;
    }

    /** Sets the number of updates. */
    public Builder steps(long value) {
      steps = value;
      return this;
    }

    /** Sets the number of batches per update. */
    public Builder accumulation(int value) {
      accumulation = value;
      return this;
    }

    /** Sets the seed of dropout. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Sets the peak learning rate. */
    public Builder lr(double value) {
      lr = value;
      return this;
    }

    /** Sets the learning rate schedule. */
    public Builder schedule(ScheduleKind value) {
      schedule = value;
      return this;
    }

    /** Sets the number of warm-up steps (default: 5% of the steps). */
    public Builder warmupSteps(long value) {
      warmupSteps = value;
      return this;
    }

    /** Sets the final learning rate, as a share of the peak. */
    public Builder minLrRatio(double value) {
      minLrRatio = value;
      return this;
    }

    /** Sets the length of the decay in warm-up-stable-decay, as a share of the steps. */
    public Builder decayShare(double value) {
      decayShare = value;
      return this;
    }

    /** Sets the optimiser. */
    public Builder optimizer(OptimizerOptions value) {
      optimizer = value;
      return this;
    }

    /** Sets the largest global norm of the gradients; 0 for no clipping. */
    public Builder maxGradNorm(double value) {
      maxGradNorm = value;
      return this;
    }

    /** Sets f32 or mixed precision. */
    public Builder precision(PrecisionMode value) {
      precision = value;
      return this;
    }

    /** Turns gradient checkpointing on or off. */
    public Builder recompute(boolean value) {
      recompute = value;
      return this;
    }

    /** Sets the decay rate of the moving average of the weights; 0 for none. */
    public Builder emaDecay(double value) {
      emaDecay = value;
      return this;
    }

    /** Sets the steps between evaluations; 0 for the last one only. */
    public Builder evalEverySteps(long value) {
      evalEverySteps = value;
      return this;
    }

    /** Sets the largest number of batches in an evaluation. */
    public Builder evalBatches(int value) {
      evalBatches = value;
      return this;
    }

    /** Sets the steps between samples; 0 for none. */
    public Builder sampleEverySteps(long value) {
      sampleEverySteps = value;
      return this;
    }

    /** Sets the steps between checkpoints; 0 for none. */
    public Builder saveEverySteps(long value) {
      saveEverySteps = value;
      return this;
    }

    /** Sets the minutes between checkpoints; 0 for none. */
    public Builder saveEveryMinutes(double value) {
      saveEveryMinutes = value;
      return this;
    }

    /** Sets the number of newest checkpoints to keep. */
    public Builder keepCheckpoints(int value) {
      keepCheckpoints = value;
      return this;
    }

    /** Sets whether the checkpoint of the best evaluation is kept and published. */
    public Builder keepBest(boolean value) {
      keepBest = value;
      return this;
    }

    /** Sets the evaluations without a better one after which the run ends; 0 for no limit. */
    public Builder patience(int value) {
      patience = value;
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
          keepCheckpoints,
          keepBest,
          patience);
    }
  }
}
