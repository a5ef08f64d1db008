package dev.rapt.cli.bench;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.shape.ModelShape;
import dev.rapt.train.shape.Preset;
import dev.rapt.train.shape.TrainFlops;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The models and batches whose training is measured. */
public enum BenchShape {
  GPT2_124M("gpt2-124m", Preset.GPT2_124M, 4, 256),
  CHAR_10M("char-10.7m", Preset.CHAR_10M, 64, 256),
  CHAR_800K("char-0.8m", Preset.TINY, 12, 64);

  private static final long MAX_STEPS = 1_000_000;
  private static final int TOKENS = 100_000;

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and enums
  private final ModelShape model;

  private final int vocabSize;
  private final int batchSize;
  private final int seqLen;

  BenchShape(String label, Preset preset, int batchSize, int seqLen) {
    this.label = label;
    model = preset.shape();
    vocabSize = preset.vocabSize();
    this.batchSize = batchSize;
    this.seqLen = seqLen;
  }

  /** The shape of this name. */
  public static BenchShape of(String name) {
    for (BenchShape shape : values()) {
      if (shape.label.equalsIgnoreCase(name)) {
        return shape;
      }
    }
    throw new IllegalArgumentException(
        "--shape: must be one of %s, got %s"
            .formatted(
                Arrays.stream(values()).map(s -> s.label).collect(Collectors.joining(", ")), name));
  }

  /** Floating-point operations of a training step for each token, by definition of the model. */
  public double flopsPerToken() {
    try (CausalLm lm = CausalLm.create(model.config(vocabSize), 1)) {
      return TrainFlops.perToken(lm, seqLen);
    }
  }

  /** Rapt, training in this precision. */
  public Contender rapt(PrecisionMode precision) {
    return new Contender() {
      @Override
      public String name() {
        return "Rapt";
      }

      @Override
      public Measured measure(double seconds) {
        return train(seconds, precision);
      }
    };
  }

  private Contender.Measured train(double seconds, PrecisionMode precision) {
    SplittableRandom random = new SplittableRandom(1);
    int[] tokens = random.ints(TOKENS, 0, vocabSize).toArray();
    TokenDataset dataset = TokenDataset.of(tokens, vocabSize, -1);
    RandomWindows batches = new RandomWindows(dataset, batchSize, seqLen, 1, false);
    TrainOptions options =
        TrainOptions.builder(MAX_STEPS)
            .precision(precision)
            .evalEverySteps(0)
            .saveEveryMinutes(0)
            .build();
    StepClock clock = new StepClock(seconds);
    MemoryPool.shared().trim();
    MemoryPool.shared().resetPeak();
    try (CausalLm lm = CausalLm.create(model.config(vocabSize), 1)) {
      Trainer<TokenBatch> trainer = Trainer.of(lm, batches, options).listener(clock).build();
      clock.trainer = trainer;
      trainer.run();
      return clock.speeds.measured();
    }
  }

  /** Ends the run after enough measured steps. */
  private static final class StepClock implements TrainListener {
    private final SteadySpeeds speeds;
    private @Nullable Trainer<TokenBatch> trainer;

    StepClock(double seconds) {
      speeds = new SteadySpeeds(seconds);
    }

    @Override
    public void onStep(StepMetrics step) {
      if (!speeds.add(step.tokensPerSecond())) {
        Objects.requireNonNull(trainer).requestStop();
      }
    }
  }

  /** Width of the residual stream. */
  public int width() {
    return model.width();
  }

  /** Name of the shape on the command line. */
  public String label() {
    return label;
  }

  /** The shape with the size of a batch. */
  public String description() {
    return label + ", " + batchSize + " x " + seqLen;
  }

  /** PyTorch, training the same shape. */
  public Contender pytorch(String python, boolean bf16) {
    List<String> options =
        List.of(
            "--layers=" + model.layers(),
            "--width=" + model.width(),
            "--heads=" + model.heads(),
            "--context=" + model.context(),
            "--vocab=" + vocabSize,
            "--batch=" + batchSize,
            "--tokens=" + seqLen,
            "--dtype=" + (bf16 ? "bf16" : "f32"));
    return PeerScript.python("PyTorch", python, "bench/train_pytorch.py", options, "torch numpy");
  }
}
