package dev.rapt.train.pretrain;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.TrainingProgress;
import dev.rapt.train.NewRunFolder;
import dev.rapt.train.RunFolder;
import dev.rapt.train.RunLock;
import dev.rapt.train.StepPlan;
import dev.rapt.train.Teacher;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.TrainingMemory;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.data.TokenShards;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.PretrainTexts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Pretrains a model of any family on text and writes a Hugging Face folder.
 *
 * <pre>{@code
 * TextPretraining.of("masked").text(book).preset("bert-tiny").steps(2000).run(folder);
 * }</pre>
 */
public final class TextPretraining {
  private static final long USUAL_STEPS = 1000;
  private static final double BETA2 = 0.98;
  private static final double WEIGHT_DECAY = 0.01;

  private final PretrainObjective objective;
  private final @Nullable PretrainFile recorded;
  private final List<String> texts = new ArrayList<>();
  private final List<String> heldOut = new ArrayList<>();
  private final Map<String, String> settings = new HashMap<>();
  private final List<TrainListener> listeners = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private double heldOutShare = 0.05;
  private String documents = "file";
  private boolean separatesDocuments;
  private String preset;
  private PretrainSpec.Size size = PretrainSpec.Size.OF_PRESET;
  private int batchSize = 32;
  private int seqLen = 128;
  private long seed = 1;
  private int vocabSize;
  private @Nullable Path tokenizerFolder;
  private @Nullable Length length; // null for the usual one, or for that of a resumed run
  private UnaryOperator<TrainOptions.Builder> options = UnaryOperator.identity();
  private Consumer<String> onStage = _ -> {};
  private TokenShards.Progress onEncode = (_, _, _) -> {};
  private TrainingProgress onVocabulary = TrainingProgress.none();
  private Consumer<PretrainRun<?>> onOpen = _ -> {};
  private Consumer<Trainer<?>> onStart = _ -> {};

  /** The length of a run. */
  private sealed interface Length {
    record Steps(long count) implements Length {}

    record Epochs(double count) implements Length {}

    record Minutes(double count) implements Length {}
  }

  private TextPretraining(PretrainObjective objective, @Nullable PretrainFile recorded) {
    this.objective = objective;
    this.recorded = recorded;
    preset = objective.presets().getFirst();
  }

  /**
   * Starts with an objective.
   *
   * @param objective its name: see {@link PretrainObjectives}
   * @throws IllegalArgumentException if there is no such objective
   */
  public static TextPretraining of(String objective) {
    return new TextPretraining(PretrainObjectives.named(objective), null);
  }

  /**
   * Continues the run in a folder with what it began with; only listeners may be set, and a larger
   * number of steps or epochs. The weights that follow are those of a run that was not interrupted,
   * bit for bit.
   *
   * @throws CheckpointException if the folder holds no pretraining
   */
  public static TextPretraining resuming(Path folder) {
    PretrainFile file = PretrainFile.read(folder);
    return new TextPretraining(PretrainObjectives.named(file.spec().objective()), file);
  }

  /** Returns the objective. */
  public PretrainObjective objective() {
    return objective;
  }

  /** Adds a file of UTF-8 text. */
  public TextPretraining text(Path file) {
    texts.add(file.toString());
    return this;
  }

  /** Adds a file of held-out text (default: the last twentieth of the text is held out). */
  public TextPretraining heldOut(Path file) {
    heldOut.add(file.toString());
    return this;
  }

  /** Sets the share of the text that is held out without held-out files. */
  public TextPretraining heldOutShare(double share) {
    heldOutShare = share;
    return this;
  }

  /**
   * Sets the end of a document: {@code file} (default), {@code line}, {@code blank-lines}, or a
   * separator.
   */
  public TextPretraining documents(String end) {
    documents = end;
    return this;
  }

  /** Keeps attention inside documents. */
  public TextPretraining separateDocuments() {
    separatesDocuments = true;
    return this;
  }

  /**
   * Sets the preset of the model (default: the smallest of the objective).
   *
   * @throws IllegalArgumentException if the objective has no such preset
   */
  public TextPretraining preset(String name) {
    if (!objective.presets().contains(name)) {
      throw new IllegalArgumentException(
          "preset: must be one of %s for the objective %s, got %s"
              .formatted(String.join(", ", objective.presets()), objective.name(), name));
    }
    preset = name;
    return this;
  }

  /** Sets what differs from the sizes of the preset. */
  public TextPretraining size(PretrainSpec.Size sizes) {
    size = sizes;
    return this;
  }

  /** Sets the tokens of a sequence (default: 128). */
  public TextPretraining context(int tokens) {
    seqLen = tokens;
    return this;
  }

  /** Sets the sequences of a batch (default: 32). */
  public TextPretraining batchSize(int sequences) {
    batchSize = sequences;
    return this;
  }

  /** Sets the vocabulary size of the tokenizer to train (default: by the size of the text). */
  public TextPretraining vocabSize(int tokens) {
    vocabSize = tokens;
    return this;
  }

  /**
   * Uses the tokenizer of this folder (default: that of the teacher; without one, a byte-level BPE
   * is trained on the text).
   */
  public TextPretraining tokenizer(Path folder) {
    tokenizerFolder = folder;
    return this;
  }

  /** Sets the seed of weights, batches, corruption and dropout (default: 1). */
  public TextPretraining seed(long value) {
    seed = value;
    return this;
  }

  /** Sets a setting of the objective. */
  public TextPretraining set(String setting, String value) {
    if (!objective.settings().contains(setting)) {
      throw new IllegalArgumentException(
          "%s: is no setting of the objective %s; leave it out"
              .formatted(setting, objective.name()));
    }
    settings.put(setting, value);
    return this;
  }

  /**
   * Sets the number of updates (default: 1000). A run that is resumed is lengthened, which needs a
   * schedule that does not depend on the length: constant or inverse square root.
   */
  public TextPretraining steps(long updates) {
    length = new Length.Steps(updates);
    return this;
  }

  /** Sets the number of passes over the text. */
  public TextPretraining epochs(double passes) {
    length = new Length.Epochs(passes);
    return this;
  }

  /** Sets the time of the run; the number of updates follows from a trial. */
  public TextPretraining minutes(double time) {
    length = new Length.Minutes(time);
    return this;
  }

  /**
   * Changes options of the training loop. By default AdamW with a peak learning rate of 1e-3, beta2
   * 0.98, weight decay 0.01, 5% warm-up and cosine decay.
   */
  public TextPretraining options(UnaryOperator<TrainOptions.Builder> change) {
    options = change;
    return this;
  }

  /** Adds a listener for steps, evaluations and checkpoints. */
  public TextPretraining listener(TrainListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Adds a fact to the first line of the metrics; the value is anything that JSON can hold. */
  public TextPretraining fact(String name, Object value) {
    facts.put(name, value);
    return this;
  }

  /** Sets what is called with a line about each stage before training. */
  public TextPretraining onStage(Consumer<String> listener) {
    onStage = listener;
    return this;
  }

  /** Sets what is called while text is encoded, and while a tokenizer is trained. */
  public TextPretraining onProgress(TokenShards.Progress encoding, TrainingProgress vocabulary) {
    onEncode = encoding;
    onVocabulary = vocabulary;
    return this;
  }

  /** Sets what is called when the text is encoded and the model is made. */
  public TextPretraining onOpen(Consumer<PretrainRun<?>> listener) {
    onOpen = listener;
    return this;
  }

  /** Sets what is called when training begins. */
  public TextPretraining onStart(Consumer<Trainer<?>> listener) {
    onStart = listener;
    return this;
  }

  /**
   * Pretrains the model.
   *
   * @param folder receives the model; it must not hold one yet, unless the run is resumed
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if the folder holds a run or another model, or a value is out
   *     of its range
   * @throws dev.rapt.train.TrainingException if the training diverges
   */
  public TrainResult run(Path folder) throws IOException {
    return recorded == null ? begin(folder) : resume(recorded, folder);
  }

  private TrainResult begin(Path folder) throws IOException {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("text: must be given, got none");
    }
    PretrainSpec spec =
        new PretrainSpec(
            objective.name(), preset, size, batchSize, seqLen, separatesDocuments, seed, settings);
    requireMemory(spec);
    PretrainTexts files = new PretrainTexts(texts, heldOut, heldOutShare, documents, List.of());
    try (NewRunFolder _ = NewRunFolder.claim(folder)) {
      Tokenizer tokenizer = tokenizer();
      tokenizer.save(folder);
      try (PretrainTexts.Encoded encoded = encode(files, tokenizer, folder)) {
        PretrainSetup setup = new PretrainSetup(spec, tokenizer, files, encoded, null);
        TrainOptions trial = options.apply(defaults(1)).build();
        long byTime = length instanceof Length.Minutes time ? stepsIn(time, setup, trial) : 0;
        try (PretrainRun<?> run = objective.open(setup)) {
          onOpen.accept(run);
          TrainOptions plan = options.apply(defaults(steps(run, trial, byTime))).build();
          if (!objective.readsPairs()) {
            TrainingMemory.warning(run.model(), batchSize, seqLen, plan).ifPresent(onStage);
          }
          PretrainTexts read = encoded == null ? files.read() : files.with(encoded.sources());
          PretrainFile file = new PretrainFile(spec, read, plan);
          file.write(folder);
          return train(run, setup, file, folder);
        }
      }
    }
  }

  /** Refuses what cannot fit before the text is read; pairs may be shorter than the context. */
  private void requireMemory(PretrainSpec spec) {
    PretrainSpec.Stack stack = objective.stack(spec);
    if (!objective.readsPairs()) {
      TrainingMemory.require(
          "batch size and context",
          batchSize,
          seqLen,
          stack.layers(),
          stack.width(),
          options.apply(defaults(1)).build());
    }
  }

  private TrainResult resume(PretrainFile file, Path folder) throws IOException {
    try (RunLock _ = RunLock.acquire(folder)) {
      file.texts().requireSame();
      Path checkpoint = RunFolder.requireNewest(folder);
      Tokenizer tokenizer = Tokenizer.load(folder);
      try (PretrainTexts.Encoded encoded = encode(file.texts(), tokenizer, folder)) {
        PretrainSetup setup =
            new PretrainSetup(file.spec(), tokenizer, file.texts(), encoded, checkpoint);
        try (PretrainRun<?> run = objective.open(setup)) {
          onOpen.accept(run);
          return train(run, setup, lengthened(file, run, folder), folder);
        }
      }
    }
  }

  /** Returns what a resumed run goes on with: for longer, if a length is set. */
  private PretrainFile lengthened(PretrainFile file, PretrainRun<?> run, Path folder) {
    if (length == null) {
      return file;
    }
    if (length instanceof Length.Minutes) {
      throw new IllegalArgumentException(
          "minutes: must come with a new run, got a run to resume; set steps or epochs");
    }
    String instead = "begin a new run of that length, or with the schedule constant";
    PretrainFile longer =
        file.with(file.options().lengthenedTo(steps(run, file.options(), 0), instead));
    longer.write(folder);
    return longer;
  }

  private PretrainTexts.@Nullable Encoded encode(
      PretrainTexts files, Tokenizer tokenizer, Path folder) throws IOException {
    if (objective.readsPairs()) {
      return null;
    }
    int end = objective.tokens().endId(tokenizer);
    TokenizerEncoder encoder =
        TokenizerEncoder.of(tokenizer, folder.resolve("tokenizer.json"), end);
    return files.encode(folder, encoder, onEncode);
  }

  private Tokenizer tokenizer() throws IOException {
    String teacher = settings.get(Teacher.FOLDER);
    Path given = tokenizerFolder == null && teacher != null ? Path.of(teacher) : tokenizerFolder;
    if (given != null) {
      return Tokenizer.load(given);
    }
    List<Path> files = texts.stream().map(Path::of).toList();
    int tokens = vocabSize == 0 ? ByteLevelBpeTrainer.fittingVocabSize(files) : vocabSize;
    onStage.accept("training a tokenizer of %d tokens ...".formatted(tokens));
    return objective.tokens().train(files, tokens, onVocabulary);
  }

  /** The number of updates that take this long, by a trial with a model of its own. */
  private long stepsIn(Length.Minutes time, PretrainSetup setup, TrainOptions trial)
      throws IOException {
    onStage.accept("measuring the training speed ...");
    try (PretrainRun<?> run = objective.open(setup)) {
      return StepPlan.stepsIn(60 * time.count(), trial, plan -> trainer(run, plan));
    }
  }

  /** The number of updates of a run; {@code byTime} if its length is a time. */
  private long steps(PretrainRun<?> run, TrainOptions trial, long byTime) {
    return switch (length) {
      case null -> USUAL_STEPS;
      case Length.Steps(long count) -> count;
      case Length.Epochs(double count) -> {
        double perEpoch = (double) run.batches().stepsPerEpoch() / trial.accumulation();
        yield Math.max(1, Math.round(count * perEpoch));
      }
      case Length.Minutes _ -> byTime;
    };
  }

  private TrainOptions.Builder defaults(long steps) {
    return objective.usualOptions(
        TrainOptions.builder(steps)
            .seed(seed)
            .optimizer(AdamW.Options.defaults().withBeta2(BETA2).withWeightDecay(WEIGHT_DECAY)));
  }

  private static <B extends Batch> Trainer.Builder<B> trainer(
      PretrainRun<B> run, TrainOptions plan) {
    return Trainer.of(run.trained(), run.objective(), run.batches(), plan)
        .flopsPerToken(run.flopsPerToken());
  }

  private <B extends Batch> TrainResult train(
      PretrainRun<B> run, PretrainSetup setup, PretrainFile file, Path folder) {
    AtomicFiles.FolderWriter shared = into -> setup.tokenizer().save(into);
    Trainer.Builder<B> builder =
        trainer(run, file.options())
            .evaluator(run.evaluator(file.options().evalBatches()))
            .folder(new RunFolder(folder, shared));
    listeners.forEach(builder::listener);
    facts.forEach(builder::fact);
    Path checkpoint = setup.checkpoint();
    if (checkpoint != null) {
      builder.resumeFrom(checkpoint);
    }
    Trainer<B> trainer = builder.build();
    onStart.accept(trainer);
    return trainer.run();
  }
}
