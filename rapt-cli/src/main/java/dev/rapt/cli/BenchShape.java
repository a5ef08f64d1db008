package dev.rapt.cli;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.train.ModelShape;
import dev.rapt.train.Preset;
import dev.rapt.train.TrainFlops;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.data.RandomWindows;
import dev.rapt.train.data.TokenDataset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shapes that are measured: of the model and of a batch. */
enum BenchShape {
  GPT2_124M("gpt2-124m", Preset.GPT2_124M.shape(), 50257, 4, 256),
  CHAR_10M("char-10.7m", Preset.CHAR_10M.shape(), 65, 64, 256),
  CHAR_800K("char-0.8m", Preset.TINY.shape(), 65, 12, 64);

  // the peer's script has the same three
  private static final int WARM_UP_STEPS = 2;
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final int FEWEST_STEPS = 3;
  private static final long MOST_STEPS = 1_000_000;
  private static final int TOKENS = 100_000;

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and enums
  private final ModelShape model;

  private final int vocabSize;
  private final int batchSize;
  private final int seqLen;

  BenchShape(String label, ModelShape model, int vocabSize, int batchSize, int seqLen) {
    this.label = label;
    this.model = model;
    this.vocabSize = vocabSize;
    this.batchSize = batchSize;
    this.seqLen = seqLen;
  }

  /**
   * What came out.
   *
   * @param tokensPerSecond of each step
   * @param flopsPerToken by definition of the model
   * @param peakBytes most memory of tensors, the first steps included
   */
  record Measured(List<Double> tokensPerSecond, double flopsPerToken, long peakBytes) {}

  /** The shape of this name. */
  static BenchShape of(String name) {
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

  /** Runs whole steps for so long after a few first ones. */
  Measured measure(double seconds, PrecisionMode precision) {
    SplittableRandom random = new SplittableRandom(1);
    int[] tokens = random.ints(TOKENS, 0, vocabSize).toArray();
    TokenDataset dataset = TokenDataset.of(tokens, vocabSize, -1);
    RandomWindows batches = new RandomWindows(dataset, batchSize, seqLen, 1, false);
    TrainOptions options =
        TrainOptions.builder(MOST_STEPS)
            .precision(precision)
            .evalEverySteps(0)
            .saveEveryMinutes(0)
            .build();
    StepClock clock = new StepClock(seconds);
    MemoryPool.shared().trim();
    MemoryPool.shared().resetPeak();
    try (CausalLm lm = CausalLm.create(model.config(vocabSize), 1)) {
      Trainer trainer = Trainer.of(lm, batches, options).listener(clock).build();
      clock.trainer = trainer;
      trainer.run();
      return new Measured(
          clock.speeds, TrainFlops.perToken(lm, seqLen), MemoryPool.shared().peakBytes());
    }
  }

  /** Collects the speeds of steps after the first ones, and ends the run. */
  private static final class StepClock implements TrainListener {
    private final List<Double> speeds = new ArrayList<>();
    private final long nanos;
    private final long start = System.nanoTime();
    private long measuredFrom;
    private @Nullable Trainer trainer;

    StepClock(double seconds) {
      nanos = Math.round(seconds * 1e9);
    }

    @Override
    public void onStep(StepMetrics step) {
      long now = System.nanoTime();
      if (measuredFrom == 0) {
        boolean warm = step.step() >= WARM_UP_STEPS && now - start >= WARM_UP_NANOS;
        measuredFrom = warm ? now : 0;
        return;
      }
      speeds.add(step.tokensPerSecond());
      if (speeds.size() >= FEWEST_STEPS && now - measuredFrom > nanos) {
        Objects.requireNonNull(trainer).requestStop();
      }
    }
  }

  /** As the user types it. */
  String label() {
    return label;
  }

  /** With the shape of a batch. */
  String description() {
    return label + ", " + batchSize + " x " + seqLen;
  }

  /** The same shape as options of the peer's script. */
  List<String> peerOptions() {
    return List.of(
        "--layers=" + model.layers(),
        "--width=" + model.width(),
        "--heads=" + model.heads(),
        "--context=" + model.context(),
        "--vocab=" + vocabSize,
        "--batch=" + batchSize,
        "--tokens=" + seqLen);
  }
}
