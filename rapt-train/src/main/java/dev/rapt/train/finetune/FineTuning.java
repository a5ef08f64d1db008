package dev.rapt.train.finetune;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.model.Model;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.load.Loading;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.LossTrend;
import dev.rapt.train.Measurement;
import dev.rapt.train.NewRunFolder;
import dev.rapt.train.RunFolder;
import dev.rapt.train.RunLock;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.TrainResult;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.FrozenLayers;
import dev.rapt.train.optim.LayerwiseDecay;
import dev.rapt.train.optim.LearningRates;
import dev.rapt.train.shape.TrainFlops;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Fine-tunes a model on a table of examples and writes a Hugging Face folder.
 *
 * <pre>{@code
 * FineTuning.Result result =
 *     FineTuning.of("classify", base).train(examples).heldOut(others).epochs(3).run(folder);
 * }</pre>
 */
public final class FineTuning {
  private static final double ADAPTER_LR_FACTOR = 10;
  private static final double USUAL_EPOCHS = 3;
  private static final double WARMUP_SHARE = 0.1;

  private final Task task;
  private final Path model;
  private final @Nullable TuningFile recorded;
  private final List<String> train = new ArrayList<>();
  private final List<String> heldOut = new ArrayList<>();
  private final Map<String, String> columns = new HashMap<>();
  private final Map<String, String> settings = new HashMap<>();
  private final List<TrainListener> listeners = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private double heldOutShare = 0.1;
  private int batchSize = 16;
  private int maxTokens;
  private long seed = 1;
  private boolean scratch;
  private double layerDecay = 1;
  private @Nullable Integer frozenLayers;
  private TuningSpec.@Nullable AdapterSpec adapter;
  private @Nullable Double epochs; // null for the usual number, or for that of a resumed run
  private UnaryOperator<TrainOptions.Builder> options = UnaryOperator.identity();
  private Consumer<TaskRun<?>> onOpen = _ -> {};
  private Consumer<Trainer<?>> onStart = _ -> {};

  private FineTuning(Task task, Path model, @Nullable TuningFile recorded) {
    this.task = task;
    this.model = model;
    this.recorded = recorded;
  }

  /**
   * The result of a run.
   *
   * @param training the result of the training loop
   * @param best the best evaluation, whose weights the folder holds
   * @param metrics metrics of the best evaluation
   * @param details details of the best evaluation, as lines of text
   * @param figures the details as numbers, by names in snake case: what JSON can hold
   * @param cutTexts how many examples were too long to be read to their end
   * @param merged folder of the model with its adapter merged; null without an adapter
   * @param problem what shows that the model has not learnt; null if nothing does
   */
  public record Result(
      TrainResult training,
      Measurement.@Nullable Best best,
      Map<String, Double> metrics,
      List<String> details,
      Map<String, Object> figures,
      CutTexts cutTexts,
      @Nullable Path merged,
      @Nullable String problem) {
    private Result withMerged(Path folder) {
      return new Result(training, best, metrics, details, figures, cutTexts, folder, problem);
    }
  }

  /**
   * Starts with a task and the Hugging Face folder of the model to begin with.
   *
   * @param task name of the task: see {@link Tasks}
   * @throws IllegalArgumentException if there is no such task
   */
  public static FineTuning of(String task, Path model) {
    return of(Tasks.named(task), model);
  }

  /** Starts with a task that has been set up, such as {@link Tasks#grpo}. */
  public static FineTuning of(Task task, Path model) {
    return new FineTuning(task, model, null);
  }

  /**
   * Continues the run in a folder with what it began with; only listeners may be set, and a larger
   * number of epochs. The weights that follow are those of a run that was not interrupted, bit for
   * bit.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the folder holds no fine-tuning
   */
  public static FineTuning resuming(Path folder) {
    return resuming(Tasks.named(TuningFile.read(folder).spec().task()), folder);
  }

  /**
   * Continues the run of a task that was set up, such as {@link Tasks#grpo}; see {@link
   * #resuming(Path)}.
   *
   * @throws IllegalArgumentException if the folder holds a run of another task
   */
  public static FineTuning resuming(Task task, Path folder) {
    TuningFile file = TuningFile.read(folder);
    if (!file.spec().task().equals(task.name())) {
      throw new IllegalArgumentException(
          "%s: must hold a run of the task %s, got %s"
              .formatted(folder, task.name(), file.spec().task()));
    }
    return new FineTuning(task, Path.of(file.spec().model()), file);
  }

  /** Returns the task. */
  public Task task() {
    return task;
  }

  /**
   * Adds a file of training examples: .tsv, .csv, .jsonl or .json, with .gz behind it or without.
   */
  public FineTuning train(Path file) {
    train.add(file.toString());
    return this;
  }

  /** Adds a file of held-out examples (default: a tenth of the training examples is held out). */
  public FineTuning heldOut(Path file) {
    heldOut.add(file.toString());
    return this;
  }

  /** Sets the share of the training examples to hold out without held-out files. */
  public FineTuning heldOutShare(double share) {
    heldOutShare = share;
    return this;
  }

  /** Names the column of a role (default: by the names that data sets commonly use). */
  public FineTuning column(String role, String name) {
    if (!task.columns().contains(role)) {
      throw new IllegalArgumentException(
          "columns: must be %s for the task %s, got %s"
              .formatted(task.columns(), task.name(), role));
    }
    columns.put(role, name);
    return this;
  }

  /** Sets a setting of the task. */
  public FineTuning set(String setting, String value) {
    if (!task.settings().contains(setting)) {
      throw new IllegalArgumentException(
          "%s: is no setting of the task %s; leave it out".formatted(setting, task.name()));
    }
    settings.put(setting, value);
    return this;
  }

  /**
   * Sets the number of passes over the training examples (default: 3). A run that is resumed is
   * lengthened, which needs a schedule that does not depend on the length: constant or inverse
   * square root.
   */
  public FineTuning epochs(double passes) {
    epochs = passes;
    return this;
  }

  /** Sets the number of examples in a batch (default: 16). */
  public FineTuning batchSize(int examples) {
    batchSize = examples;
    return this;
  }

  /** Sets the most tokens of a text, special tokens included (default: 512 or the context). */
  public FineTuning maxTokens(int tokens) {
    maxTokens = tokens;
    return this;
  }

  /** Sets the seed of a new head, of the order of the examples and of dropout (default: 1). */
  public FineTuning seed(long value) {
    seed = value;
    return this;
  }

  /** Begins with random weights: only shape and tokenizer of the model are taken. */
  public FineTuning fromScratch() {
    scratch = true;
    return this;
  }

  /**
   * Sets the factor of the learning rate from each layer to the one below it (default: 1). See
   * {@link LayerwiseDecay}.
   */
  public FineTuning layerDecay(double factor) {
    layerDecay = factor;
    return this;
  }

  /** Freezes the embeddings and the first layers (default: nothing). See {@link FrozenLayers}. */
  public FineTuning freeze(int layers) {
    frozenLayers = layers;
    return this;
  }

  /**
   * Trains a LoRA adapter of this rank instead of the model, with alpha 2 r, on the layers that
   * PEFT takes for the model.
   */
  public FineTuning lora(int rank) {
    return adapter(new TuningSpec.AdapterSpec(rank, 2.0 * rank, 0, List.of(), false, false, false));
  }

  /** Trains an adapter instead of the model. */
  public FineTuning adapter(TuningSpec.AdapterSpec spec) {
    adapter = spec;
    return this;
  }

  /**
   * Changes options of the training loop. By default AdamW with the peak learning rate of the task,
   * with an adapter ten times as high, 10% warm-up, linear decay, weight decay 0.01, an evaluation
   * after each epoch, and the best checkpoint is kept.
   */
  public FineTuning options(UnaryOperator<TrainOptions.Builder> change) {
    options = change;
    return this;
  }

  /** Adds a listener for steps, evaluations and checkpoints. */
  public FineTuning listener(TrainListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Adds a fact to the first line of the metrics; the value is anything that JSON can hold. */
  public FineTuning fact(String name, Object value) {
    facts.put(name, value);
    return this;
  }

  /** Sets what is called when the examples have been read and the model is loaded. */
  public FineTuning onOpen(Consumer<TaskRun<?>> listener) {
    onOpen = listener;
    return this;
  }

  /** Sets what is called when training begins. */
  public FineTuning onStart(Consumer<Trainer<?>> listener) {
    onStart = listener;
    return this;
  }

  /**
   * Fine-tunes the model.
   *
   * @param folder receives the model; it must not hold one yet
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if the folder holds a run or another model, or a value is out
   *     of its range
   * @throws dev.rapt.train.example.ExampleException if a line of the examples cannot be used
   * @throws dev.rapt.train.TrainingException if the training diverges
   */
  public Result run(Path folder) throws IOException {
    if (recorded != null) {
      return resume(recorded, folder);
    }
    TuningSpec spec = spec();
    try (NewRunFolder _ = NewRunFolder.claim(folder)) {
      Loading loading = scratch ? Loading.fresh(seed) : Loading.newHead(adapter == null, seed);
      TaskSetup setup =
          new TaskSetup(spec, model, loading, Tokenizer.load(task.transformer(model)));
      try (TaskRun<?> run = task.open(setup)) {
        requireFitting(setup.tokenizer(), run.model());
        onOpen.accept(run);
        TuningFile file = TuningFile.of(spec, plan(run));
        file.write(folder);
        return train(run, file, folder, null);
      }
    }
  }

  private void requireFitting(Tokenizer tokenizer, Model ofRun) {
    int most = ofRun.config().vocabSize();
    if (tokenizer.vocabSize() > most) {
      throw new CheckpointException(
          model,
          "the tokenizer must have at most the %d tokens of the model, got %d; use the model's own tokenizer"
              .formatted(most, tokenizer.vocabSize()));
    }
  }

  private Result resume(TuningFile file, Path folder) throws IOException {
    try (RunLock _ = RunLock.acquire(folder)) {
      file.requireSameFiles();
      Path checkpoint = RunFolder.requireNewest(folder);
      boolean isWhole = file.spec().adapter() == null;
      TaskSetup setup =
          new TaskSetup(
              file.spec(),
              isWhole ? checkpoint : model,
              isWhole ? Loading.TRAINING : Loading.newHead(false, file.spec().seed()),
              Tokenizer.load(checkpoint));
      try (TaskRun<?> run = task.open(setup)) {
        onOpen.accept(run);
        return train(run, lengthened(file, run, folder), folder, checkpoint);
      }
    }
  }

  /** Returns what a resumed run goes on with: for more epochs, if they are set. */
  private TuningFile lengthened(TuningFile file, TaskRun<?> run, Path folder) {
    if (epochs == null) {
      return file;
    }
    long steps = steps(epochs, run, file.options());
    String instead =
        "fine-tune its model in a new run, with --model %s --out NEW".formatted(folder);
    TuningFile longer = file.with(file.options().lengthenedTo(steps, instead));
    longer.write(folder);
    return longer;
  }

  private TuningSpec spec() {
    if (adapter != null && (layerDecay != 1 || frozenLayers != null)) {
      throw new IllegalArgumentException(
          "layer decay and frozen layers: must come without an adapter, which leaves the layers as they are");
    }
    return new TuningSpec(
        task.name(),
        model.toString(),
        train,
        heldOut,
        heldOutShare,
        columns,
        batchSize,
        maxTokens,
        seed,
        scratch,
        layerDecay,
        frozenLayers,
        adapter,
        settings);
  }

  private <B extends Batch> Result train(
      TaskRun<B> run, TuningFile file, Path folder, @Nullable Path checkpoint) throws IOException {
    if (file.spec().adapter() == null) {
      Path from = checkpoint == null ? task.transformer(model) : folder;
      TrainedModel trained =
          TrainedModel.tuned(run.model(), from)
              .withRates(rates(file.spec(), run.model()))
              .with(run.moreWeights());
      return train(run, trained, file, folder, checkpoint);
    }
    Result result;
    try (Adapter attached = TuningAdapter.attach(run.model(), file.spec(), checkpoint)) {
      TrainedModel trained = TrainedModel.adapter(run.model(), attached).with(run.moreWeights());
      result = train(run, trained, file, folder, checkpoint);
    }
    Path base = task.transformer(model);
    TuningAdapter.writeMerged(run.model(), base, folder, sharedFiles(run, base));
    return result.withMerged(folder.resolve(TuningAdapter.MERGED));
  }

  private static AtomicFiles.FolderWriter sharedFiles(TaskRun<?> run, Path from) {
    return into -> {
      TokenizerFiles.copy(from, into);
      run.writeFiles(into);
    };
  }

  private <B extends Batch> Result train(
      TaskRun<B> run, TrainedModel trained, TuningFile file, Path folder, @Nullable Path checkpoint)
      throws IOException {
    run.begin(folder, file.options(), checkpoint);
    // not the checkpoint, which may be removed while the run goes on
    Path from = checkpoint == null ? task.transformer(model) : folder;
    BestEvaluation best = new BestEvaluation(run, folder);
    Trainer.Builder<B> builder =
        Trainer.of(trained, run.objective(), run.batches(), file.options())
            .flopsPerToken(
                TrainFlops.perToken(
                    run.model(), trained.parameters().trained(), run.batches().seqLen()))
            .evaluator(run.evaluator())
            .bounds(run.bounds())
            .folder(new RunFolder(folder, sharedFiles(run, from)))
            .listener(best);
    LossTrend trend = new LossTrend();
    builder.listener(trend);
    listeners.forEach(builder::listener);
    facts.forEach(builder::fact);
    if (checkpoint != null) {
      builder.resumeFrom(checkpoint);
    }
    Trainer<B> trainer = builder.build();
    onStart.accept(trainer);
    TrainResult result = trainer.run();
    String problem =
        run.baseline()
            .filter(baseline -> baseline.isNotExceeded(best.metrics()))
            .map(FineTuning::isBaseline)
            .or(() -> run.hasFallingLoss() ? trend.problem() : Optional.empty())
            .orElse(null);
    return new Result(
        result,
        result.best(),
        best.metrics(),
        best.details(),
        best.figures(),
        run.cutTexts(),
        null,
        problem);
  }

  private static String isBaseline(Baseline baseline) {
    return String.format(
        Locale.ROOT,
        "the %s on held-out examples is not above %.4f, %s",
        baseline.metric(),
        baseline.value(),
        baseline.description());
  }

  private static LearningRates rates(TuningSpec spec, Model model) {
    Integer frozen = spec.frozenLayers();
    LearningRates kept = frozen == null ? LearningRates.EQUAL : new FrozenLayers(model, frozen);
    double decay = spec.layerDecay();
    LearningRates decayed = decay == 1 ? LearningRates.EQUAL : new LayerwiseDecay(model, decay);
    return parameter -> kept.factor(parameter) * decayed.factor(parameter);
  }

  private TrainOptions plan(TaskRun<?> run) {
    TrainOptions first = options.apply(defaults(1)).build();
    long steps = steps(epochs == null ? USUAL_EPOCHS : epochs, run, first);
    long perEpoch = Math.max(1, steps(1, run, first));
    return options.apply(defaults(steps).evalEverySteps(perEpoch)).build();
  }

  private static long steps(double epochs, TaskRun<?> run, TrainOptions options) {
    double perEpoch = (double) run.batches().stepsPerEpoch() / options.accumulation();
    return Math.max(1, Math.round(epochs * perEpoch));
  }

  private TrainOptions.Builder defaults(long steps) {
    return TrainOptions.builder(steps)
        .seed(seed)
        .optimizer(AdamW.Options.defaults().withBeta2(0.999).withWeightDecay(0.01))
        .lr(adapter == null ? task.learningRate() : ADAPTER_LR_FACTOR * task.learningRate())
        .schedule(ScheduleKind.LINEAR)
        .warmupSteps(Math.round(WARMUP_SHARE * steps))
        .keepCheckpoints(1)
        .keepBest(true);
  }
}
