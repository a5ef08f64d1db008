package dev.rapt.cli.options;

import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Lion;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Sgd;
import dev.rapt.train.shape.Preset;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of training. */
@OptionGroup("Training")
public final class TrainingArguments {
  private enum OptimizerKind {
    adamw,
    muon,
    lion,
    sgd,
    adafactor;

    private OptimizerOptions options() {
      return switch (this) {
        case adamw -> AdamW.Options.defaults();
        case muon -> Muon.Options.defaults();
        case lion -> Lion.Options.defaults();
        case sgd -> Sgd.Options.defaults();
        case adafactor -> Adafactor.Options.defaults();
      };
    }
  }

  @Option(names = "--batch", paramLabel = "N", description = "Sequences or examples of a batch")
  @Range(min = 1)
  @PerCommand(
      train = "(default: of the preset).",
      pretrain = "(default: 32).",
      finetune = "(default: 16).")
  private @Nullable Integer batchSize;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "Gradient accumulation: batches per step (default: 1).")
  @Range(min = 1, max = 1e6)
  private @Nullable Integer accumulation;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "Optimiser: adamw, muon, lion, sgd or adafactor; muon updates the hidden matrices and leaves the other"
              + " parameters to AdamW")
  @PerCommand(
      train = "(default: adamw).",
      pretrain = "(default: adamw, --objective span adafactor).",
      finetune = "(default: adamw).")
  private @Nullable OptimizerKind optimizer;

  @Option(names = "--lr", paramLabel = "X", description = "Peak learning rate")
  @Range(min = 0, aboveMin = true)
  @PerCommand(
      train = "(default: by the optimiser; adamw 1e-3).",
      pretrain = "(default: by the optimiser; adamw 1e-3, adafactor 1e-2).",
      finetune =
          "(default: 5e-5; --task prefer, grpo and ppo 1e-6; ten times as high with an adapter"
              + " and with adafactor, a tenth with lion).")
  private @Nullable Double lr;

  @Option(
      names = "--beta1",
      paramLabel = "X",
      description =
          "AdamW, Lion: beta1, decay of the first moment, in [0, 1) (default: 0.9). With Muon it"
              + " applies to the parameters that AdamW updates; other optimisers refuse it.")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Double beta1;

  @Option(
      names = "--beta2",
      paramLabel = "X",
      description =
          "AdamW, Lion: beta2, decay of the second moment, in [0, 1), with Muon as --beta1 is")
  @Range(min = 0, max = 1, belowMax = true)
  @PerCommand(
      train = "(default: 0.95; Lion 0.99).",
      pretrain = "(default: 0.98; Lion 0.99).",
      finetune = "(default: 0.999; Lion 0.99).")
  private @Nullable Double beta2;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "Weight decay of matrices, times the learning rate")
  @Range(min = 0)
  @PerCommand(
      train = "(default: 0.1; Lion 1).",
      pretrain = "(default: 0.01; --objective translate and span 0).",
      finetune = "(default: 0.01).")
  private @Nullable Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "KIND",
      description = "Learning-rate schedule: constant, linear, cosine, inverse_sqrt or wsd")
  @PerCommand(
      train = "(default: cosine).",
      pretrain = "(default: cosine, --objective translate and span inverse_sqrt).",
      finetune = "(default: linear).")
  private @Nullable ScheduleKind schedule;

  @Option(
      names = "--warmup",
      paramLabel = "STEPS",
      description = "Warm-up steps, until the learning rate peaks")
  @Range(min = 0, max = Range.MOST_STEPS)
  @PerCommand(
      train = "(default: 5%% of the run).",
      pretrain =
          "(default: 5%% of the run; --objective translate 20%%, at most 4000; --objective span"
              + " 15%%, at most 10000).",
      finetune = "(default: 10%% of the run).")
  private @Nullable Long warmupSteps;

  @Option(
      names = "--min-lr",
      paramLabel = "SHARE",
      description =
          "Final learning rate of the cosine and wsd schedules, as a share of the peak (default:"
              + " 0.1).")
  @Range(min = 0, max = 1)
  private @Nullable Double minLrRatio;

  @Option(
      names = "--decay",
      paramLabel = "SHARE",
      description = "Share of the steps in which the wsd schedule decays (default: 0.2).")
  @Range(min = 0, max = 1)
  private @Nullable Double decayShare;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "Clips the global gradient norm to this value; 0 for no clipping (default: 1).")
  @Range(min = 0)
  private @Nullable Double maxGradNorm;

  @Option(
      names = "--precision",
      paramLabel = "KIND",
      description =
          "Precision of matrix products: f32, bf16 or auto; auto is bf16 if the processor"
              + " supports it and the model is at least 256 wide (default: auto).")
  private @Nullable PrecisionMode precision;

  @Option(
      names = "--recompute",
      description =
          "Gradient checkpointing: recomputes activations in the backward pass, to save memory.")
  private boolean recompute;

  @Option(
      names = "--ema",
      paramLabel = "DECAY",
      description =
          "Decay of an exponential moving average of the weights; 0 for none (default: 0).")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Double emaDecay;

  @Option(
      names = "--eval-interval",
      paramLabel = "STEPS",
      description = "Steps between evaluations on held-out data")
  @Range(min = 0, max = Range.MOST_STEPS)
  @PerCommand(
      train = "(default: a tenth of the run).",
      pretrain = "(default: a tenth of the run).",
      finetune = "(default: one epoch).")
  private @Nullable Long evalEverySteps;

  @Option(
      names = "--eval-batches",
      paramLabel = "N",
      description = "Maximum number of batches per evaluation")
  @Range(min = 1)
  @PerCommand(
      train = "(default: 20).",
      pretrain = "(default: 20).",
      finetune = "of other commands; fine-tuning measures all held-out examples and refuses it.")
  private @Nullable Integer evalBatches;

  @Option(
      names = "--save-interval",
      paramLabel = "STEPS",
      description = "Steps between checkpoints; 0 for none (default: 0).")
  @Range(min = 0, max = Range.MOST_STEPS)
  private @Nullable Long saveEverySteps;

  @Option(
      names = "--save-minutes",
      paramLabel = "N",
      description = "Minutes between checkpoints; 0 for none (default: 10).")
  @Range(min = 0, max = Range.MOST_SECONDS / 60)
  private @Nullable Double saveEveryMinutes;

  @Option(names = "--keep", paramLabel = "N", description = "Number of newest checkpoints to keep")
  @Range(min = 1)
  @PerCommand(
      train = "(default: 2).",
      pretrain = "(default: 2).",
      finetune = "(default: 1, beside the best).")
  private @Nullable Integer keepCheckpoints;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of weights, batches and dropout (default: 1).")
  @Range
  private @Nullable Long seed;

  /** Sequences of a batch: as given, else of the preset. */
  public int batchSize(Preset preset) {
    return batchSize == null ? preset.batchSize() : batchSize;
  }

  /** Examples of a batch: as given, else the usual number. */
  public int batchSize(int usual) {
    return batchSize == null ? usual : batchSize;
  }

  /** Batches of a step. */
  public int accumulation() {
    return accumulation == null ? 1 : accumulation;
  }

  PrecisionMode precision() {
    return precision == null ? PrecisionMode.AUTO : precision;
  }

  /**
   * Checks that evaluations are not limited.
   *
   * @throws IllegalArgumentException if they are
   */
  public void requireWholeEvaluations() {
    if (evalBatches != null) {
      throw new IllegalArgumentException(
          "--eval-batches: must not be given for fine-tuning, which measures all held-out examples, got %d; leave it out, or give fewer held-out examples"
              .formatted(evalBatches));
    }
  }

  /** Seed of weights, batches and dropout. */
  public long seed() {
    return seed == null ? 1 : seed;
  }

  /**
   * The options for a run of this many steps.
   *
   * @throws IllegalArgumentException if an option would have no effect
   */
  public TrainOptions options(long steps) {
    return apply(TrainOptions.builder(steps)).build();
  }

  /**
   * Changes what the command line gives.
   *
   * @param usual the options that the command has otherwise
   * @throws IllegalArgumentException if an option would have no effect
   */
  public TrainOptions.Builder apply(TrainOptions.Builder usual) {
    set(accumulation, usual::accumulation);
    set(seed, usual::seed);
    set(lr == null ? usualLr(usual.build()) : lr, usual::lr);
    set(schedule, usual::schedule);
    set(maxGradNorm, usual::maxGradNorm);
    set(precision, usual::precision);
    set(emaDecay, usual::emaDecay);
    set(evalBatches, usual::evalBatches);
    set(saveEverySteps, usual::saveEverySteps);
    set(saveEveryMinutes, usual::saveEveryMinutes);
    set(keepCheckpoints, usual::keepCheckpoints);
    set(minLrRatio, usual::minLrRatio);
    set(decayShare, usual::decayShare);
    set(warmupSteps, usual::warmupSteps);
    set(evalEverySteps, usual::evalEverySteps);
    if (recompute) {
      usual.recompute(true);
    }
    TrainOptions present = usual.build();
    refuseWithoutEffect(present.schedule());
    return usual.optimizer(optimizerOptions(present.optimizer()));
  }

  private static <T> void set(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  /** The usual learning rate; that of another optimiser is higher or lower in proportion. */
  private double usualLr(TrainOptions usual) {
    return optimizer == null
        ? usual.lr()
        : optimizer.options().usualLr() * (usual.lr() / usual.optimizer().usualLr());
  }

  private OptimizerOptions optimizerOptions(OptimizerOptions usual) {
    OptimizerOptions options = optimizer == null ? usual : optimizer.options();
    options = beta1 == null ? options : with("--beta1", options, options::withBeta1, beta1);
    options = beta2 == null ? options : with("--beta2", options, options::withBeta2, beta2);
    return weightDecay == null ? options : options.withWeightDecay(weightDecay);
  }

  private static OptimizerOptions with(
      String option,
      OptimizerOptions options,
      DoubleFunction<OptimizerOptions> change,
      double value) {
    try {
      return change.apply(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: must come with an optimiser that has it, got %s; leave it out or choose another --optimizer"
              .formatted(option, options.name()),
          e);
    }
  }

  private void refuseWithoutEffect(ScheduleKind chosen) {
    boolean isWsd = chosen == ScheduleKind.WSD;
    if (decayShare != null && !isWsd) {
      throw new IllegalArgumentException("--decay: must come with --schedule wsd" + got(chosen));
    }
    if (minLrRatio != null && !isWsd && chosen != ScheduleKind.COSINE) {
      throw new IllegalArgumentException(
          "--min-lr: must come with --schedule cosine or wsd" + got(chosen));
    }
  }

  private static String got(ScheduleKind chosen) {
    return ", got " + chosen.name().toLowerCase(Locale.ROOT) + "; leave it out";
  }
}
