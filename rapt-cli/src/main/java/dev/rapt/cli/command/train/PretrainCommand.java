package dev.rapt.cli.command.train;

import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.files.TextFiles;
import dev.rapt.cli.machine.EnvironmentFacts;
import dev.rapt.cli.options.DistillationArguments;
import dev.rapt.cli.options.ObjectiveArguments;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.options.ResumeOption;
import dev.rapt.cli.options.TrainingArguments;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.Program;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.cli.run.CheckpointSpace;
import dev.rapt.cli.run.GracefulStop;
import dev.rapt.cli.run.RunReport;
import dev.rapt.cli.run.TrainingView;
import dev.rapt.train.LossTrend;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.pretrain.TextPretraining;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSpec;
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

/** Pretrains a model of any family on text files. */
@Command(
    name = "pretrain",
    description = {
      "Pretrains a model of any family on UTF-8 text and writes a Hugging Face folder.",
      "Ctrl-C saves a checkpoint and ends the run; --resume continues it."
    })
public final class PretrainCommand implements Callable<Integer> {
  private static final Set<String> WITH_RESUME =
      Set.of("--resume", "--out", "--steps", "--epochs", "--json", "--debug");
  private static final int USUAL_BATCH = 32;

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      description =
          "What the model learns: causal, masked, replaced, span, prefix, denoise or translate.")
  private @Nullable String objective;

  @Option(
      names = "--text",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "UTF-8 text to train on; for translate two files, whose lines are translations of each"
              + " other.")
  private List<Path> texts = List.of();

  @Option(
      names = "--val-text",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Held-out UTF-8 text for evaluations (default: the end of the text).")
  private List<Path> heldOut = List.of();

  @Option(
      names = "--val-fraction",
      paramLabel = "SHARE",
      description =
          "Share of the text that is held out without --val-text, 0 to 1 (default: 0.05).")
  @Range(min = 0, max = 1, aboveMin = true, belowMax = true)
  private @Nullable Double heldOutShare;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder of the run.")
  private Path folder = Path.of("");

  @Option(
      names = "--resume",
      description =
          "Continues the run in --out with the texts and the options it began with; more --steps or"
              + " --epochs lengthen a run whose --schedule is constant or inverse_sqrt.")
  private boolean resume;

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private @Nullable Length length;

  /** The length of the run: one of three options. */
  private static final class Length {
    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "Length of the run in steps (default: 1000).")
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
        description = "Length of the run in minutes; the steps follow from a trial.")
    @Range(min = 0, aboveMin = true, max = Range.MOST_SECONDS / 60)
    private @Nullable Double minutes;
  }

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "Size and family of the model, such as small, bert-tiny, electra-small, t5-tiny"
              + " (default: the smallest of the objective).")
  private @Nullable String preset;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Blocks of each stack (default: of the preset).")
  @Range(min = 1, max = 10_000)
  private @Nullable Integer layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Hidden size (default: of the preset).")
  @Range(min = 1, max = 1 << 24)
  private @Nullable Integer width;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Attention heads (default: of the preset).")
  @Range(min = 1, max = 1 << 24)
  private @Nullable Integer heads;

  @Option(
      names = "--mlp-width",
      paramLabel = "N",
      description = "Intermediate size of the MLP (default: of the preset).")
  @Range(min = 1, max = 1 << 24)
  private @Nullable Integer mlpWidth;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description = "Dropout in training (default: of the preset).")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Double dropout;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of a sequence, special tokens included (default: 128).")
  @Range(min = 4, max = 1 << 24)
  private @Nullable Integer context;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description =
          "Vocabulary size of the byte-level BPE to train (default: by the size of the text).")
  @Range(min = 257)
  private @Nullable Integer vocabSize;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description =
          "Uses the tokenizer of this folder (default: that of --teacher, or train a new one).")
  private @Nullable Path tokenizer;

  @Option(
      names = "--documents",
      paramLabel = "HOW",
      description =
          "End of a document: file, line, blank-lines, or a separator such as <|endoftext|>"
              + " (default: file).")
  private @Nullable String documents;

  @Option(
      names = "--separate-documents",
      description = "Keeps attention inside the documents of a sequence.")
  private boolean separatesDocuments;

  @Mixin private ObjectiveArguments settings = new ObjectiveArguments();

  @Mixin private DistillationArguments distillation = new DistillationArguments();

  @Mixin private TrainingArguments training = new TrainingArguments();

  @Option(names = "--json", description = "Prints one JSON object at the end.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    TrainingView view = new TrainingView(progress, false);
    LossTrend trend = new LossTrend();
    TextPretraining pretraining =
        (resume ? resumed() : begun(progress)).listener(view).listener(trend);
    EnvironmentFacts.gather().toMap().forEach(pretraining::fact);
    pretraining
        .onStage(progress::say)
        .onProgress(
            (done, all, tokens) ->
                progress.update(
                    (double) done / all, "encoding: " + Format.count(tokens) + " tokens"),
            (_, done, total) -> progress.update(total > 0 ? done / (double) total : 0, "tokenizer"))
        .onOpen(run -> announce(progress, run));
    TrainResult result;
    try (GracefulStop stop = new GracefulStop(progress, Output.errorsOf(spec))) {
      result = pretraining.onStart(trainer -> start(trainer, stop)).run(folder);
    } finally {
      progress.clear();
    }
    RunReport report = new RunReport("pretrain", folder, result).draw(view);
    print(report, pretraining.objective(), view.metrics(), trend.problem().orElse(null));
    return report.exitStatus();
  }

  private void start(Trainer<?> trainer, GracefulStop stop) {
    if (!resume) {
      CheckpointSpace.require(folder, trainer.model(), trainer.options());
    }
    stop.stops(trainer);
  }

  private TextPretraining resumed() {
    ResumeOption.requireAlone(Objects.requireNonNull(spec), WITH_RESUME);
    TextPretraining pretraining = TextPretraining.resuming(folder);
    setLength(pretraining);
    return pretraining;
  }

  private TextPretraining begun(ProgressLine progress) throws IOException {
    if (objective == null || texts.isEmpty()) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "%s: must be given, got none; pass it, or --resume to continue a run"
              .formatted(objective == null ? "--objective" : "--text"));
    }
    TextPretraining pretraining = TextPretraining.of(objective);
    settings.forEach(pretraining::set);
    distillation.forEach(pretraining::set);
    if (preset != null) {
      pretraining.preset(preset);
    }
    refuseContradictions();
    TextFiles.check(texts, progress::say).forEach(pretraining::text);
    if (!heldOut.isEmpty()) {
      TextFiles.check(heldOut, progress::say).forEach(pretraining::heldOut);
    }
    OutputFolder.requireFree(folder).ifPresent(progress::say);
    pretraining
        .size(new PretrainSpec.Size(layers, width, heads, mlpWidth, dropout))
        .batchSize(training.batchSize(USUAL_BATCH))
        .seed(training.seed())
        .options(training::apply);
    if (heldOutShare != null) {
      pretraining.heldOutShare(heldOutShare);
    }
    if (context != null) {
      pretraining.context(context);
    }
    if (vocabSize != null) {
      pretraining.vocabSize(vocabSize);
    }
    if (tokenizer != null) {
      pretraining.tokenizer(tokenizer);
    }
    if (documents != null) {
      pretraining.documents(documents);
    }
    if (separatesDocuments) {
      pretraining.separateDocuments();
    }
    setLength(pretraining);
    return pretraining;
  }

  private void refuseContradictions() {
    if (tokenizer != null && vocabSize != null) {
      throw new IllegalArgumentException(
          "--vocab-size: must come without --tokenizer, got both; leave one out");
    }
    if (distillation.hasTeacher() && vocabSize != null) {
      throw new IllegalArgumentException(
          "--vocab-size: must come without --teacher, whose tokenizer is taken, got both; leave one"
              + " out");
    }
    if (heldOutShare != null && !heldOut.isEmpty()) {
      throw new IllegalArgumentException(
          "--val-fraction: must come without --val-text, got both; leave one out");
    }
    if (documents != null && documents.isEmpty()) {
      throw new IllegalArgumentException(
          "--documents: must be file, line, blank-lines or a separator, got an empty text");
    }
  }

  private void setLength(TextPretraining pretraining) {
    if (length == null) {
      return;
    }
    if (length.steps != null) {
      pretraining.steps(length.steps);
    } else if (length.epochs != null) {
      pretraining.epochs(length.epochs);
    } else if (length.minutes != null) {
      pretraining.minutes(length.minutes);
    }
  }

  private static void announce(ProgressLine progress, PretrainRun<?> run) {
    progress.clear();
    long ofModel = run.model().parameters().numWeights();
    long all = run.trained().numUpdated();
    progress.say(
        Format.format(
            "model: %s with %s parameters%s; %s batches for one pass over the text",
            run.model().config().modelType(),
            Format.count(ofModel),
            all == ofModel ? "" : ", " + Format.count(all) + " to train with the modules beside it",
            Format.count(run.batches().stepsPerEpoch())));
  }

  private void print(
      RunReport report,
      PretrainObjective learnt,
      Map<String, Double> metrics,
      @Nullable String problem) {
    PrintWriter out = Output.of(spec);
    Double held = report.result().heldOutLoss();
    if (json) {
      Map<String, Object> map = report.json();
      if (held != null) {
        map.put("held_out_loss", held);
      }
      map.putAll(metrics);
      if (problem != null) {
        map.put("problem", problem);
      }
      Json.print(out, map);
      return;
    }
    report.printLength(out);
    if (held != null) {
      out.println(Format.format("held-out loss %.4f", held));
    }
    metrics.forEach((name, value) -> out.println(Format.format("%-13s %.4f", name, value)));
    RunReport.printProblem(out, problem);
    String quoted = Program.quoted(folder.toString());
    report.printFiles(
        out, Map.of(), learnt.next().stream().map(line -> line.formatted(quoted)).toList());
  }
}
