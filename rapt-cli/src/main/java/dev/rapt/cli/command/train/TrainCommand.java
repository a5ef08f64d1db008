package dev.rapt.cli.command.train;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.files.TextFiles;
import dev.rapt.cli.options.ModelOptions;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.options.ResumeOption;
import dev.rapt.cli.options.TrainingArguments;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.Program;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.cli.run.CheckpointSpace;
import dev.rapt.cli.run.ResumedTexts;
import dev.rapt.cli.run.RunFile;
import dev.rapt.cli.run.RunReport;
import dev.rapt.cli.run.RunSpec;
import dev.rapt.cli.run.RunText;
import dev.rapt.cli.run.Tokenizers;
import dev.rapt.cli.run.TrainingRun;
import dev.rapt.cli.run.TrainingView;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.train.NewRunFolder;
import dev.rapt.train.RunFolder;
import dev.rapt.train.RunLock;
import dev.rapt.train.StepPlan;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.Trainer;
import dev.rapt.train.TrainingMemory;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.shape.ModelShape;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a decoder on text files. */
@Command(
    name = "train",
    description = {
      "Trains a decoder on UTF-8 text of any size and writes a Hugging Face folder.",
      "Ctrl-C saves a checkpoint and ends the run; --resume continues it."
    })
public final class TrainCommand implements Callable<Integer> {
  private static final Set<String> WITH_RESUME =
      Set.of("--resume", "--out", "--text", "--val-text", "--json", "--debug");
  private static final double DEFAULT_MINUTES = 10;
  private static final double DEFAULT_HELD_OUT_SHARE = 0.1;

  @Option(
      names = "--text",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "UTF-8 text to train on: files, or pipes, which --out keeps a copy of. With --resume:"
              + " where the text is now if it has moved.")
  private @Nullable List<Path> texts;

  @Option(
      names = "--val-text",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Held-out UTF-8 text for evaluations (default: the end of the text).")
  private @Nullable List<Path> heldOutTexts;

  @Option(
      names = "--val-fraction",
      paramLabel = "SHARE",
      description = "Share of the text that is held out without --val-text, 0 to 1 (default: 0.1).")
  @Range(min = 0, max = 1, aboveMin = true, belowMax = true)
  private @Nullable Double heldOutShare;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the run (default: ${DEFAULT-VALUE}).",
      defaultValue = "rapt-run")
  private Path folder = Path.of("rapt-run");

  @Option(
      names = "--resume",
      description =
          "Continues the run in --out with the texts, the tokenizer and the options it began with.")
  private boolean resume;

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private @Nullable Length length;

  /** The length of the run: one of three options. */
  private static final class Length {
    @Option(names = "--steps", paramLabel = "N", description = "Length of the run in steps.")
    @Range(min = 1, max = Range.MOST_STEPS)
    private @Nullable Long steps;

    @Option(
        names = "--epochs",
        paramLabel = "X",
        description = "Length of the run in passes over the text.")
    @Range(min = 0, aboveMin = true, max = 1e9)
    private @Nullable Double epochs;

    @Option(
        names = "--minutes",
        paramLabel = "X",
        description = "Length of the run in minutes; the steps follow from a trial (default: 10).")
    @Range(min = 0, aboveMin = true, max = Range.MOST_SECONDS / 60)
    private @Nullable Double minutes;
  }

  @Option(names = "--char", description = "Uses characters as tokens instead of BPE.")
  private boolean characters;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description =
          "Vocabulary size of the byte-level BPE to train (default: by the size of the text).")
  @Range(min = 257)
  private @Nullable Integer vocabSize;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description =
          "Uses this tokenizer.json or SentencePiece file, or the tokenizer in this folder"
              + " (default: train a new one).")
  private @Nullable Path tokenizerPath;

  @Option(
      names = "--documents",
      paramLabel = "HOW",
      description =
          "End of a document: file, blank-lines, or a separator such as <|endoftext|> (default:"
              + " file).")
  private String documents = "file";

  @Option(
      names = "--separate-documents",
      description = "Masks attention between the documents of a sequence.")
  private boolean separatesDocuments;

  @Option(
      names = "--shuffle",
      description =
          "Visits each window of the text once an epoch (default: windows begin at random).")
  private boolean shuffles;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Option(
      names = "--sample-interval",
      paramLabel = "STEPS",
      description = "Steps between sample texts; 0 for none (default: a fifth of the run).")
  @Range(min = 0, max = Range.MOST_STEPS)
  private @Nullable Long sampleEverySteps;

  @Mixin private TrainingArguments training = new TrainingArguments();

  @Option(names = "--json", description = "Prints one JSON object at the end.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    return resume ? resumeRun(progress) : begin(progress);
  }

  private int begin(ProgressLine progress) throws IOException {
    List<Path> files = texts;
    if (files == null) {
      throw usage(
          "--text: must be given, got none; pass --text FILE, or --resume to continue a run");
    }
    List<Path> others = heldOutTexts == null ? List.of() : heldOutTexts;
    refuseContradictions();
    ModelShape shape = modelOptions.shape();
    int batchSize = training.batchSize(modelOptions.preset());
    TrainingMemory.requireModel(shape.config(1));
    TrainingMemory.require(
        "--batch", batchSize, shape.context(), shape.config(1), training.options(1));
    boolean piped = TextFiles.anyIsPipe(files) || TextFiles.anyIsPipe(others);
    if (!piped) {
      files = TextFiles.check(files, progress::say);
      others = TextFiles.check(others, progress::say);
    }
    OutputFolder.check(folder);
    RunSpec data =
        new RunSpec(
            heldOutShare == null ? DEFAULT_HELD_OUT_SHARE : heldOutShare,
            documents,
            separatesDocuments,
            batchSize,
            shape.context(),
            shuffles,
            training.seed());
    try (NewRunFolder claimed = OutputFolder.claimNew(folder)) {
      claimed.note().ifPresent(progress::say);
      if (piped) {
        files = TextFiles.check(TextFiles.withoutPipes(files, folder, "text"), progress::say);
        others =
            TextFiles.check(TextFiles.withoutPipes(others, folder, "held-out-text"), progress::say);
      }
      Tokenizer tokenizer = tokenizer(files, progress);
      tokenizer.save(folder);
      TokenizerEncoder encoder = encoder(tokenizer);
      try (RunText text = RunText.prepare(data, files, others, folder, encoder, progress)) {
        CausalConfig config = shape.config(tokenizer.vocabSize());
        long steps = numSteps(config, text.batches(), progress);
        TrainOptions options =
            training.options(steps).toBuilder()
                .sampleEverySteps(
                    sampleEverySteps == null ? Math.max(1, steps / 5) : sampleEverySteps)
                .build();
        RunFile run = RunFile.of(data, text, encoder.fingerprint(), options);
        run.write(folder);
        try (CausalLm model = CausalLm.create(config, training.seed())) {
          announce(progress, text, model, tokenizer, options);
          CheckpointSpace.require(folder, TrainedModel.fresh(model, TokenIds.NONE), options);
          return train(run(run, tokenizer, progress), model, text, options, null);
        }
      }
    }
  }

  private void refuseContradictions() {
    if (characters && (vocabSize != null || tokenizerPath != null)) {
      throw new IllegalArgumentException(
          "--char: must come without --vocab-size and --tokenizer, got one of them too; leave one"
              + " out");
    }
    if (characters && (separatesDocuments || !documents.equals("file"))) {
      throw new IllegalArgumentException(
          "--char: must come without --documents and --separate-documents, since it has no"
              + " end-of-text token, got one of them too; leave one out");
    }
    if (documents.isEmpty()) {
      throw new IllegalArgumentException(
          "--documents: must be file, blank-lines or a separator, got an empty text");
    }
    if (tokenizerPath != null && vocabSize != null) {
      throw new IllegalArgumentException(
          "--vocab-size: must come without --tokenizer, got both; leave one out");
    }
    if (heldOutShare != null && heldOutTexts != null) {
      throw new IllegalArgumentException(
          "--val-fraction: must come without --val-text, got both; leave one out");
    }
  }

  private int resumeRun(ProgressLine progress) throws IOException {
    ResumeOption.requireAlone(Objects.requireNonNull(spec), WITH_RESUME);
    RunFile.read(folder); // before the lock would make a folder that does not exist
    try (RunLock _ = RunLock.acquire(folder)) {
      return resumeLocked(RunFile.read(folder), progress);
    }
  }

  private int resumeLocked(RunFile recorded, ProgressLine progress) throws IOException {
    Path checkpoint =
        RunFolder.newest(folder)
            .orElseThrow(() ->
                new CommandException(
                    folder
                        + ": must hold a checkpoint to resume from, got none; begin a new"
                        + " run"));
    TrainOptions options = RunFolder.state(checkpoint).options();
    recorded.requireOptionsOf(folder, checkpoint, options);
    Tokenizer tokenizer = ModelFolder.tokenizer(folder);
    TokenizerEncoder encoder = encoder(tokenizer);
    try (RunText text =
            new ResumedTexts(recorded, folder, progress).open(texts, heldOutTexts, encoder);
        CausalLm model = CausalLm.loadTrainable(checkpoint)) {
      RunFile run = RunFile.of(recorded.data(), text, encoder.fingerprint(), options);
      run.write(folder);
      progress.say("resuming from " + checkpoint);
      return train(run(run, tokenizer, progress), model, text, options, checkpoint);
    }
  }

  private TrainingRun run(RunFile run, Tokenizer tokenizer, ProgressLine progress) {
    return new TrainingRun(
        folder,
        tokenizer,
        into -> {
          tokenizer.save(into);
          run.write(into);
        },
        Output.errorsOf(spec),
        progress);
  }

  private int train(
      TrainingRun run,
      CausalLm model,
      RunText text,
      TrainOptions options,
      @Nullable Path checkpoint)
      throws IOException {
    TrainingView view = run.view(false);
    TrainResult ended =
        run.train(
            model,
            new TrainingRun.Plan(text.batches(), text.evaluationBatches(), options),
            view,
            checkpoint,
            result -> print(new RunReport("train", folder, result).draw(view), text));
    return RunReport.exitStatus(ended);
  }

  private Tokenizer tokenizer(List<Path> files, ProgressLine progress) throws IOException {
    if (tokenizerPath != null) {
      return ModelFolder.tokenizerToSave(tokenizerPath);
    }
    if (characters) {
      return Tokenizers.characters(files);
    }
    int size = vocabSize == null ? ByteLevelBpeTrainer.fittingVocabSize(files) : vocabSize;
    return Tokenizers.trainBpe(files, size, progress);
  }

  private TokenizerEncoder encoder(Tokenizer tokenizer) throws IOException {
    return TokenizerEncoder.of(tokenizer, folder.resolve("tokenizer.json"));
  }

  private long numSteps(
      CausalConfig config, BatchSampler<TokenBatch> batches, ProgressLine progress) {
    if (length != null && length.steps != null) {
      return length.steps;
    }
    if (length != null && length.epochs != null) {
      double steps = length.epochs * batches.stepsPerEpoch() / training.accumulation();
      return Math.max(1, Math.round(steps));
    }
    double minutes = length != null && length.minutes != null ? length.minutes : DEFAULT_MINUTES;
    progress.say("measuring the training speed ...");
    TrainOptions options = training.options(1);
    try (CausalLm trial = CausalLm.create(config, options.seed())) {
      return StepPlan.stepsIn(60 * minutes, options, plan -> Trainer.of(trial, batches, plan));
    }
  }

  private void announce(
      ProgressLine progress,
      RunText text,
      CausalLm model,
      Tokenizer tokenizer,
      TrainOptions options) {
    progress.say(
        Format.format(
            "text: %s tokens to train on, %s held out, vocabulary of %d",
            Format.count(text.train().size()),
            Format.count(text.heldOut().size()),
            tokenizer.vocabSize()));
    progress.say(
        Format.format(
            "model: %s with %s parameters; %d steps, %s",
            model.config().modelType(),
            Format.count(model.parameters().numWeights()),
            options.steps(),
            options.precision().isBf16(model.config().hiddenSize()) ? "bf16" : "f32"));
    if (options.warmupSteps() >= options.steps()) {
      progress.say(
          "warm-up: %d steps, but the run has %d, so the learning rate never reaches --lr"
              .formatted(options.warmupSteps(), options.steps()));
    }
  }

  private void print(RunReport report, RunText text) {
    PrintWriter out = Output.of(spec);
    Double heldOut = report.result().heldOutLoss();
    if (json) {
      Map<String, Object> map = report.json();
      if (heldOut != null) {
        map.put("held_out_loss", heldOut);
        map.put("held_out_bits_per_byte", bitsPerByte(heldOut, text));
      }
      Json.print(out, map);
      return;
    }
    report.printLength(out);
    if (heldOut != null) {
      out.println(
          Format.format(
              "held-out loss %.4f nats per token, %.3f bits per byte",
              heldOut, bitsPerByte(heldOut, text)));
    }
    String quoted = Program.quoted(folder.toString());
    report.printFiles(
        out, Map.of(), List.of("generate " + quoted + " --prompt \"...\"", "chat " + quoted));
  }

  private static double bitsPerByte(double natsPerToken, RunText text) {
    return natsPerToken / Math.log(2) / text.bytesPerToken();
  }

  private ParameterException usage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
