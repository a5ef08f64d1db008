package dev.rapt.cli.command.train;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.machine.EnvironmentFacts;
import dev.rapt.cli.options.AdapterArguments;
import dev.rapt.cli.options.DistillationArguments;
import dev.rapt.cli.options.EmbeddingArguments;
import dev.rapt.cli.options.PreferenceArguments;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.options.ReinforceArguments;
import dev.rapt.cli.options.ResumeOption;
import dev.rapt.cli.options.TaskArguments;
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
import dev.rapt.train.TrainOptions;
import dev.rapt.train.Trainer;
import dev.rapt.train.finetune.FineTuning;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Fine-tunes a model on examples of a task. */
@Command(
    name = "finetune",
    description = {
      "Fine-tunes a model on a table of examples and writes a Hugging Face folder.",
      "Ctrl-C saves a checkpoint and ends the run; --resume continues it.",
      "rapt finetune --task NAME --help shows the options of this task alone."
    })
public final class FinetuneCommand implements Callable<Integer> {
  private static final Set<String> WITH_RESUME =
      Set.of("--resume", "--out", "--epochs", "--json", "--debug");
  private static final double USUAL_EPOCHS = 3;
  private static final int USUAL_BATCH = 16;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description =
          "What the model learns: classify, pair, regress, tag, answer, rank, embed, summarize,"
              + " translate, instruct, prefer, reward, grpo or ppo.")
  private @Nullable String task;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model to begin with: a Hugging Face folder, or ORG/NAME of a pulled model.")
  private @Nullable Path model;

  @Option(
      names = "--train",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Training examples: .tsv or .csv with a first line of column names, .jsonl, or .json (an"
              + " array of objects); for tag also .conll, .bio, .iob2 and .txt, for answer SQuAD's"
              + " .json. With .gz behind it or without.")
  private List<Path> train = List.of();

  @Option(
      names = "--val",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Held-out examples (default: a share of the training examples).")
  private List<Path> heldOut = List.of();

  @Option(
      names = "--val-fraction",
      paramLabel = "SHARE",
      description =
          "Share of the training examples that is held out without --val, 0 to 1 (default: 0.1).")
  @Range(min = 0, max = 1, aboveMin = true, belowMax = true)
  private @Nullable Double heldOutShare;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the run, which holds the best model in the end.")
  private Path folder = Path.of("");

  @Option(
      names = "--resume",
      description =
          "Continues the run in --out with the examples and the options it began with; more --epochs"
              + " lengthen a run whose --schedule is constant or inverse_sqrt.")
  private boolean resume;

  @Option(
      names = "--columns",
      paramLabel = "ROLE=NAME",
      split = ",",
      description =
          "Columns of the examples by role, such as text=review,label=stars (default: by the names"
              + " that data sets commonly use).")
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--epochs",
      paramLabel = "X",
      description = "Length of the run in passes over the training examples (default: 3).")
  @Range(min = 0, aboveMin = true, max = 1e9)
  private @Nullable Double epochs;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "Early stopping: ends the run after N evaluations without a better one; 0 for none"
              + " (default: 0).")
  @Range(min = 0)
  private @Nullable Integer patience;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description =
          "Reads at most N tokens of each text; in tag and answer, of each window (default: 512,"
              + " answer 384, prefer and reward 1024, or the model's context if shorter; grpo and"
              + " ppo: of a prompt with its answer, the context).")
  @Range(min = 1)
  private @Nullable Integer maxLength;

  @Option(
      names = "--from-scratch",
      description = "Begins with random weights: takes only shape and tokenizer of --model.")
  private boolean scratch;

  @Option(
      names = "--layer-decay",
      paramLabel = "X",
      description =
          "Layer-wise decay: factor of the learning rate from each layer to the one below it, above"
              + " 0 (default: 1).")
  @Range(min = 0, aboveMin = true, max = 1)
  private @Nullable Double layerDecay;

  @Option(
      names = "--freeze",
      paramLabel = "N",
      description =
          "Freezes the embeddings and the first N layers; 0 for the embeddings alone (default:"
              + " nothing).")
  @Range(min = 0)
  private @Nullable Integer frozenLayers;

  @Mixin private TaskArguments settings = new TaskArguments();

  @Mixin private EmbeddingArguments embedding = new EmbeddingArguments();

  @Mixin private DistillationArguments distillation = new DistillationArguments();

  @Mixin private PreferenceArguments preference = new PreferenceArguments();

  @Mixin private ReinforceArguments reinforcement = new ReinforceArguments();

  @Mixin private AdapterArguments adapter = new AdapterArguments();

  @Mixin private TrainingArguments training = new TrainingArguments();

  @Option(names = "--json", description = "Prints one JSON object at the end.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    TrainingView view = new TrainingView(progress, false);
    FineTuning tuning = (resume ? resumed() : begun(progress)).listener(view);
    EnvironmentFacts.gather().toMap().forEach(tuning::fact);
    tuning.onOpen(run -> announce(progress, run));
    FineTuning.Result result;
    try (GracefulStop stop = new GracefulStop(progress, Output.errorsOf(spec))) {
      result = tuning.onStart(trainer -> start(trainer, progress, stop)).run(folder);
    } finally {
      progress.clear();
    }
    RunReport report = new RunReport("finetune", folder, result.training()).draw(view);
    print(report, tuning.task(), result);
    return report.exitStatus();
  }

  private void start(Trainer<?> trainer, ProgressLine progress, GracefulStop stop) {
    if (!resume) {
      CheckpointSpace.require(folder, trainer.model(), trainer.options());
    }
    progress.say(
        Format.format("training %s parameters", Format.count(trainer.model().numUpdated())));
    stop.stops(trainer);
  }

  private FineTuning resumed() {
    ResumeOption.requireAlone(Objects.requireNonNull(spec), WITH_RESUME);
    FineTuning tuning = FineTuning.resuming(folder);
    return epochs == null ? tuning : tuning.epochs(epochs);
  }

  private FineTuning begun(ProgressLine progress) throws IOException {
    String name = required("--task", task);
    Path base = ModelFolder.requireFolder(required("--model", model));
    if (train.isEmpty()) {
      throw missing("--train");
    }
    training.requireWholeEvaluations();
    OutputFolder.requireFree(folder).ifPresent(progress::say);
    FineTuning tuning =
        FineTuning.of(name, base)
            .epochs(epochs == null ? USUAL_EPOCHS : epochs)
            .batchSize(training.batchSize(USUAL_BATCH))
            .seed(training.seed())
            .options(this::options);
    adapter.spec().ifPresent(tuning::adapter);
    train.forEach(tuning::train);
    heldOut.forEach(tuning::heldOut);
    columns.forEach(tuning::column);
    if (heldOutShare != null) {
      if (!heldOut.isEmpty()) {
        throw new IllegalArgumentException(
            "--val-fraction: must come without --val, got both; leave one out");
      }
      tuning.heldOutShare(heldOutShare);
    }
    if (maxLength != null) {
      tuning.maxTokens(maxLength);
    }
    if (layerDecay != null) {
      tuning.layerDecay(layerDecay);
    }
    if (frozenLayers != null) {
      tuning.freeze(frozenLayers);
    }
    settings.apply(tuning);
    embedding.applyTo(tuning);
    distillation.forEach(tuning::set);
    preference.applyTo(tuning);
    reinforcement.applyTo(tuning);
    return scratch ? tuning.fromScratch() : tuning;
  }

  private <T> T required(String option, @Nullable T value) {
    if (value == null) {
      throw missing(option);
    }
    return value;
  }

  private ParameterException missing(String option) {
    return new ParameterException(
        Objects.requireNonNull(spec).commandLine(),
        option + ": must be given, got none; pass it, or --resume to continue a run");
  }

  private TrainOptions.Builder options(TrainOptions.Builder usual) {
    return training.apply(usual).patience(patience == null ? 0 : patience);
  }

  private static void announce(ProgressLine progress, TaskRun<?> run) {
    run.summary().forEach(progress::say);
    run.cutTexts().line().ifPresent(progress::say);
    progress.say(
        Format.format(
            "model: %s with %s parameters",
            run.model().config().modelType(), Format.count(run.model().parameters().numWeights())));
  }

  private void print(RunReport report, Task learnt, FineTuning.Result result) {
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = report.json();
      if (result.best() != null) {
        map.put("best_step", result.best().step());
        map.put("held_out_loss", result.best().loss());
      }
      map.putAll(result.metrics());
      map.putAll(result.figures());
      map.put("cut_texts", result.cutTexts().figures());
      if (result.merged() != null) {
        map.put("adapter", folder.toString());
        map.put("merged", result.merged().toString());
      }
      if (result.problem() != null) {
        map.put("problem", result.problem());
      }
      Json.print(out, map);
      return;
    }
    report.printLength(out);
    if (result.best() != null) {
      out.println(
          Format.format(
              "best at step %d: held-out loss %.4f", result.best().step(), result.best().loss()));
    }
    int width = result.metrics().keySet().stream().mapToInt(String::length).max().orElse(1);
    result
        .metrics()
        .forEach((name, value) ->
            out.println(Format.format("%-" + Math.max(12, width) + "s %.4f", name, value)));
    if (!result.details().isEmpty()) {
      out.println();
      result.details().forEach(out::println);
      out.println();
    }
    result.cutTexts().line().ifPresent(out::println);
    RunReport.printProblem(out, result.problem());
    Path merged = result.merged();
    Path whole = merged == null ? folder : merged;
    report.printFiles(
        out,
        merged == null ? Map.of() : Map.of("merged", merged),
        List.of(learnt.command().formatted(Program.quoted(whole.toString()))));
  }
}
