package dev.rapt.train;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.machine.EnergyMeter;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.TrainListener.Evaluation;
import dev.rapt.train.TrainListener.StepMetrics;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.BatchPrefetcher;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.optim.Ema;
import dev.rapt.train.optim.Optimizer;
import dev.rapt.train.shape.TrainFlops;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model: updates, evaluations, samples and checkpoints, each reported to the listeners.
 * Runs once, on the calling thread; {@link #requestStop} may be called from any thread.
 *
 * <pre>{@code
 * Trainer<TokenBatch> trainer = Trainer.of(model, batches, TrainOptions.of(1000)).build();
 * TrainResult result = trainer.run();
 * }</pre>
 *
 * @param <B> kind of batch
 */
public final class Trainer<B extends Batch> {
  private static final double SECONDS_PER_MINUTE = 60;

  private final TrainedModel model;
  private final Objective<B> objective;
  private final BatchSampler<B> batches;
  private TrainOptions options; // its number of steps follows the clock if there is a time limit
  private final @Nullable Evaluator evaluator;
  private final List<MetricBound> bounds;
  private final @Nullable RunFolder folder;
  private final @Nullable Path resumeFrom;
  private final @Nullable Supplier<String> sampler;
  private final List<TrainListener> listeners;
  private final Map<String, Object> environment;
  private final double flopsPerToken;
  private final double peakFlops;
  private final double timeLimitSeconds;
  private volatile boolean stopRequested;

  private long step;
  private long tokensSeen;
  private double seconds;
  private double lastLoss = Double.NaN;
  private @Nullable Double lastHeldOut;
  private Measurement.@Nullable Best best;
  private int evaluationsSinceBest;
  private @Nullable Path lastCheckpoint;

  private Trainer(Builder<B> builder) {
    model = builder.model;
    objective = builder.objective;
    batches = builder.batches;
    options = builder.options;
    evaluator = builder.evaluator;
    bounds = builder.bounds;
    folder = builder.folder;
    resumeFrom = builder.resumeFrom;
    sampler = builder.sampler;
    listeners = new ArrayList<>(builder.listeners);
    environment = builder.environment;
    flopsPerToken = builder.flopsPerToken;
    peakFlops = builder.peakFlops;
    timeLimitSeconds = builder.timeLimitSeconds;
  }

  /** Returns what the trainer trains. */
  public TrainedModel model() {
    return model;
  }

  /** Returns the options, with which the run began or goes on. */
  public TrainOptions options() {
    return options;
  }

  /** Starts a trainer of this model with this objective on these batches. */
  public static <B extends Batch> Builder<B> of(
      TrainedModel model, Objective<B> objective, BatchSampler<B> batches, TrainOptions options) {
    return new Builder<>(model, objective, batches, options);
  }

  /** Starts a trainer of a fresh causal language model on these batches. */
  public static Builder<TokenBatch> of(
      CausalLm model, BatchSampler<TokenBatch> batches, TrainOptions options) {
    return of(
            TrainedModel.fresh(model, TokenIds.NONE),
            new CausalLmObjective(model),
            batches,
            options)
        .flopsPerToken(TrainFlops.perToken(model, batches.seqLen()));
  }

  /**
   * Builds a trainer; everything except model, objective, batches and options is optional.
   *
   * @param <B> kind of batch
   */
  public static final class Builder<B extends Batch> {
    private final TrainedModel model;
    private final Objective<B> objective;
    private final BatchSampler<B> batches;
    private final TrainOptions options;
    private @Nullable Evaluator evaluator;
    private List<MetricBound> bounds = List.of();
    private @Nullable RunFolder folder;
    private @Nullable Path resumeFrom;
    private @Nullable Supplier<String> sampler;
    private final List<TrainListener> listeners = new ArrayList<>();
    private final Map<String, Object> environment = new LinkedHashMap<>();
    private double flopsPerToken = Double.NaN;
    private double peakFlops = Double.NaN;
    private double timeLimitSeconds = Double.POSITIVE_INFINITY;

    private Builder(
        TrainedModel model, Objective<B> objective, BatchSampler<B> batches, TrainOptions options) {
      this.model = model;
      this.objective = objective;
      this.batches = batches;
      this.options = options;
    }

    /** Sets the held-out batches, the same for each evaluation, of which the loss is measured. */
    public Builder<B> heldOut(Iterable<B> evaluationBatches) {
      return evaluator(
          () -> HeldOutLoss.of(objective, model.scope(), evaluationBatches, options.evalBatches()));
    }

    /** Sets what is measured in an evaluation. */
    public Builder<B> evaluator(Evaluator measures) {
      evaluator = measures;
      return this;
    }

    /**
     * Sets ranges of metrics: a step or an evaluation outside one ends the run with a {@link
     * TrainingException}, and the last checkpoint stays.
     */
    public Builder<B> bounds(List<MetricBound> ranges) {
      bounds = List.copyOf(ranges);
      return this;
    }

    /** Sets the folder of checkpoints and metrics (default: neither is written). */
    public Builder<B> folder(RunFolder runFolder) {
      folder = runFolder;
      return this;
    }

    /**
     * Resumes from a checkpoint. The model must have been loaded from its folder, for training, and
     * the options must be those that the run began with.
     */
    public Builder<B> resumeFrom(Path checkpoint) {
      resumeFrom = checkpoint;
      return this;
    }

    /** Sets what generates a sample with the model. */
    public Builder<B> sampler(Supplier<String> writer) {
      sampler = writer;
      return this;
    }

    /** Adds a listener for steps, evaluations, samples and checkpoints. */
    public Builder<B> listener(TrainListener listener) {
      listeners.add(listener);
      return this;
    }

    /** Adds a fact to the first line of the metrics; the value is anything that JSON can hold. */
    public Builder<B> fact(String name, Object value) {
      environment.put(name, value);
      return this;
    }

    /**
     * Sets the FLOPs of the forward and backward pass for one token, as {@link TrainFlops} counts
     * them.
     */
    public Builder<B> flopsPerToken(double flops) {
      flopsPerToken = flops;
      return this;
    }

    /**
     * Sets the machine's peak in the precision of the run, in FLOP/s, for the model FLOPs
     * utilisation.
     */
    public Builder<B> peakFlops(double flopsPerSecond) {
      peakFlops = flopsPerSecond;
      return this;
    }

    /**
     * Ends the run after so many seconds, evaluations and checkpoints included. After each step the
     * number of steps is planned again from the time that is left, but never above that of the
     * options: the learning rate decays to its end whatever the speed of the machine. The run is
     * then no longer a function of its seeds alone.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Builder<B> timeLimit(double limitSeconds) {
      if (!(limitSeconds > 0)) {
        throw new IllegalArgumentException("time limit: must be above 0 s, got " + limitSeconds);
      }
      timeLimitSeconds = limitSeconds;
      return this;
    }

    /** The trainer. */
    public Trainer<B> build() {
      return new Trainer<>(this);
    }
  }

  /** Stops after the current step: {@link #run} saves a checkpoint and returns. */
  public void requestStop() {
    stopRequested = true;
  }

  /**
   * Trains to the last step or until a stop is requested.
   *
   * @throws IllegalArgumentException if the folder of a new run holds a run or another model, or if
   *     the batches cannot fit into memory
   * @throws TrainingException if losses, gradients or weights are not finite, or if another
   *     training uses the folder
   * @throws dev.rapt.checkpoint.CheckpointException if a checkpoint cannot be written or read
   */
  public TrainResult run() {
    TrainingMemory.require(
        "batch size", batches.batchSize(), batches.seqLen(), model.config(), options);
    try (RunLock _ = lockFolder();
        Optimizer optimizer =
            options.optimizer().create(model.updated(), model.hiddenMatrices(), model.rates());
        Ema ema =
            options.emaDecay() == 0 ? null : new Ema(model.parameters(), options.emaDecay())) {
      restore(optimizer, ema); // before the weights get bf16 copies
      try (TrainStep<B> update = new TrainStep<>(model, objective, optimizer, options);
          MetricsLog metrics = beginFolder()) {
        if (metrics != null) {
          listeners.addFirst(metrics);
        }
        return run(optimizer, update, ema);
      }
    }
  }

  private @Nullable RunLock lockFolder() {
    if (folder == null) {
      return null;
    }
    Path root = folder.root();
    return resumeFrom == null ? RunFolder.claim(root) : RunLock.acquire(root);
  }

  private void restore(Optimizer optimizer, @Nullable Ema ema) {
    if (resumeFrom == null) {
      return;
    }
    TrainState state = RunFolder.restore(resumeFrom, model, optimizer, ema);
    step = state.step();
    tokensSeen = state.tokensSeen();
    seconds = state.seconds();
    best = state.best();
    evaluationsSinceBest = state.evaluationsSinceBest();
    lastHeldOut = state.heldOutLoss();
    lastLoss = state.loss() == null ? Double.NaN : state.loss();
    lastCheckpoint = resumeFrom;
  }

  private @Nullable MetricsLog beginFolder() {
    if (folder == null) {
      return null;
    }
    folder.begin(model);
    Map<String, Object> facts = new LinkedHashMap<>(environment);
    facts.put("model_type", model.config().modelType());
    facts.put("weights", model.parameters().numWeights());
    if (!Double.isNaN(flopsPerToken)) {
      facts.put("flops_per_token", flopsPerToken);
    }
    facts.put("options", options);
    return resumeFrom == null
        ? MetricsLog.begin(folder.metricsFile(), facts)
        : MetricsLog.resume(folder.metricsFile(), step, facts);
  }

  private TrainResult run(Optimizer optimizer, TrainStep<B> update, @Nullable Ema ema) {
    long firstBatch = Math.multiplyExact(step, (long) options.accumulation());
    double savedAt = seconds;
    boolean saved = true;
    StepForecast forecast = new StepForecast(timeLimitSeconds, options.steps(), System::nanoTime);
    try (BatchPrefetcher<B> prefetcher =
        new BatchPrefetcher<>(
            batches, firstBatch, Math.max(TrainingMemory.BATCHES_AHEAD, options.accumulation()))) {
      while (step < options.steps() && !stopRequested && !isExhausted()) {
        updateOnce(prefetcher, update, ema, forecast);
        saved = false;
        boolean done = step == options.steps();
        boolean isBest = (done || isDue(options.evalEverySteps())) && evaluate(ema);
        boolean last = done || stopRequested || isExhausted();
        if (sampler != null && isDue(options.sampleEverySteps())) {
          sample(sampler, ema);
        }
        boolean timeIsUp =
            options.saveEveryMinutes() > 0
                && seconds - savedAt >= options.saveEveryMinutes() * SECONDS_PER_MINUTE;
        boolean keeps = isBest && options.keepBest();
        if (last || timeIsUp || keeps || isDue(options.saveEverySteps())) {
          save(optimizer, ema);
          savedAt = seconds;
          saved = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!saved) {
      save(optimizer, ema);
    }
    return new TrainResult(
        step,
        tokensSeen,
        lastLoss,
        lastHeldOut,
        best,
        seconds,
        step < options.steps() && !isExhausted(),
        step < options.steps() && isExhausted(),
        lastCheckpoint);
  }

  /** Returns whether the evaluations have not become better for as long as the options allow. */
  private boolean isExhausted() {
    return options.patience() > 0 && evaluationsSinceBest >= options.patience();
  }

  private boolean isDue(long everySteps) {
    return everySteps > 0 && step % everySteps == 0;
  }

  private void updateOnce(
      BatchPrefetcher<B> prefetcher, TrainStep<B> update, @Nullable Ema ema, StepForecast forecast)
      throws InterruptedException {
    double joulesBefore = EnergyMeter.ofMachine().joules();
    long start = System.nanoTime();
    List<B> parts = new ArrayList<>();
    for (int i = 0; i < options.accumulation(); i++) {
      parts.add(prefetcher.next());
    }
    double lr = options.lrAt(step + 1);
    TrainStep.Result result = update.run(parts, step, lr);
    if (!result.isFinite()) {
      throw diverged(result);
    }
    if (ema != null) {
      ema.update();
    }
    step++;
    options = options.toBuilder().steps(forecast.stepsInAll(step)).build();
    double took = (System.nanoTime() - start) * 1e-9;
    seconds += took;
    long tokens = parts.stream().mapToLong(Batch::numTokens).sum();
    tokensSeen += tokens;
    lastLoss = result.loss();
    double tokensPerSecond = tokens / took;
    Map<String, Double> measured = objective.metrics();
    StepMetrics metrics =
        new StepMetrics(
            step,
            options.steps(),
            result.loss(),
            lr,
            result.gradNorm(),
            tokensPerSecond,
            tokensPerSecond * flopsPerToken / peakFlops,
            tokensSeen,
            MemoryPool.shared().peakBytes(),
            seconds,
            (EnergyMeter.ofMachine().joules() - joulesBefore) / tokens,
            measured);
    tell(listener -> listener.onStep(metrics));
    requireInBounds(measured);
  }

  private TrainingException diverged(TrainStep.Result result) {
    return diverged(
        "step %d: loss and gradients must be finite, got loss %s and gradient norm %s"
            .formatted(step + 1, result.loss(), result.gradNorm()));
  }

  private TrainingException diverged(String problem) {
    String saved =
        lastCheckpoint == null
            ? "no checkpoint was written yet"
            : "the last good checkpoint is " + lastCheckpoint;
    return new TrainingException(
        problem
            + "; the training diverged, "
            + saved
            + "; try a lower learning rate or a longer warm-up");
  }

  /** Measures on held-out data; returns whether the result is the best so far. */
  private boolean evaluate(@Nullable Ema ema) {
    if (evaluator == null) {
      return false;
    }
    Evaluator measures = evaluator;
    withAverages(
        ema,
        () -> {
          Measurement measured = measures.measure();
          if (!Double.isFinite(measured.loss())) {
            throw diverged(
                "step %d: held-out loss must be finite, got %s".formatted(step, measured.loss()));
          }
          requireInBounds(measured.metrics());
          boolean isBest = measured.isBetterThan(best);
          best = isBest ? measured.at(step) : best;
          evaluationsSinceBest = isBest ? 0 : evaluationsSinceBest + 1;
          lastHeldOut = measured.loss();
          Evaluation evaluation =
              new Evaluation(step, measured.loss(), measured.targets(), measured.metrics(), isBest);
          tell(listener -> listener.onEvaluation(evaluation));
        });
    return evaluationsSinceBest == 0;
  }

  private void requireInBounds(Map<String, Double> metrics) {
    for (MetricBound bound : bounds) {
      String problem = bound.problem(metrics);
      if (problem != null) {
        throw diverged("step %d: %s".formatted(step, problem));
      }
    }
  }

  private void sample(Supplier<String> writer, @Nullable Ema ema) {
    withAverages(
        ema,
        () -> {
          String text = writer.get();
          tell(listener -> listener.onSample(step, text));
        });
  }

  private static void withAverages(@Nullable Ema ema, Runnable work) {
    if (ema == null) {
      work.run();
    } else {
      ema.during(work);
    }
  }

  private void save(Optimizer optimizer, @Nullable Ema ema) {
    if (folder == null) {
      return;
    }
    for (Parameter parameter : model.updated()) {
      if (!isFinite(parameter.value())) {
        throw diverged(
            "step %d: weights must be finite, got others in %s".formatted(step, parameter.name()));
      }
    }
    Double loss = Double.isNaN(lastLoss) ? null : lastLoss;
    TrainState state =
        new TrainState(
            step, tokensSeen, seconds, best, evaluationsSinceBest, loss, lastHeldOut, options);
    Path checkpoint = folder.save(state, model, optimizer, ema);
    lastCheckpoint = checkpoint;
    tell(listener -> listener.onSave(step, checkpoint));
  }

  /** Weights above 1e19, whose squares overflow, count as infinite: no model computes with them. */
  private static boolean isFinite(Tensor weights) {
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    return Double.isFinite(kernel.sumOfSquares(weights.memory(), weights.numElements()));
  }

  private void tell(Consumer<TrainListener> event) {
    listeners.forEach(event);
  }
}
