package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFile;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.eval.EvalFile;
import dev.rapt.eval.EvalRun;
import dev.rapt.eval.HtmlReport;
import dev.rapt.eval.SlidingPerplexity;
import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.labelled.LabelledEvaluation;
import dev.rapt.eval.labelled.LabelledEvaluations;
import dev.rapt.eval.labelled.LabelledFile;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import dev.rapt.eval.task.EvalGroup;
import dev.rapt.eval.task.EvalTask;
import dev.rapt.eval.task.PromptStyle;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.eval.task.TaskRunner;
import dev.rapt.model.load.StoredModel;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Evaluates a decoder on tasks and texts. */
@Command(
    name = "eval",
    description = {
      "Evaluates a model: on labelled examples, on tasks of lm-evaluation-harness, or by the"
          + " perplexity of a text.",
      "Classifiers, taggers, embedders and encoder-decoders are measured on --test, decoders on"
          + " --tasks and --text. Each figure comes with the 95%% interval of a bootstrap over its examples. Tasks"
          + " are YAML files whose data are local files; Python functions in them are refused."
    })
public final class EvalCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Option(
      names = "--test",
      paramLabel = "FILE[,FILE]",
      split = ",",
      description =
          "Labelled examples, in the formats that rapt finetune reads; for translate also two files"
              + " of parallel text.")
  private List<Path> test = new ArrayList<>();

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description =
          "With --test: what is measured, as in rapt finetune: classify, regress, reward, tag,"
              + " answer, rank, embed, translate or summarize (default: what the head of the model is for).")
  private @Nullable String task;

  @Option(
      names = "--columns",
      paramLabel = "ROLE=NAME",
      split = ",",
      description =
          "With --test: names the columns by role, such as text=review,label=stars (default: by the"
              + " names that data sets commonly use).")
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--tasks",
      paramLabel = "FILE",
      split = ",",
      description = "Files of tasks, or of groups of tasks, separated by commas.")
  private List<Path> tasks = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "SPLIT=FILE",
      description =
          "With one task: reads a split from this file of JSON Lines, JSON, CSV or TSV, instead of"
              + " the task's data set. May be repeated.")
  private Map<String, Path> data = new LinkedHashMap<>();

  @Option(
      names = "--num-fewshot",
      paramLabel = "N",
      description = "Shows N examples in each prompt (default: as the task says).")
  @Range(min = 0)
  private @Nullable Integer numFewShot;

  @Option(
      names = "--max-gen-toks",
      paramLabel = "N",
      description =
          "Most tokens of a generated response (default: as the task says, 256 if it says nothing).")
  @Range(min = 1)
  private @Nullable Integer maxGenTokens;

  @Option(
      names = "--apply-chat-template",
      description =
          "Writes prompts as conversations, through the chat template of the model. A template that"
              + " refuses system messages gets none.")
  private boolean appliesTemplate;

  @Option(
      names = "--single-turn",
      description =
          "With --apply-chat-template: writes examples and question as one message (default: each"
              + " example is a message, and its answer one of the assistant).")
  private boolean isSingleTurn;

  @Option(
      names = "--system-instruction",
      paramLabel = "TEXT",
      description = "Begins each prompt with TEXT, before the description of the task.")
  private String system = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Evaluates the first N examples of each task (default: all).")
  @Range(min = 1)
  private @Nullable Integer limit;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "UTF-8 text whose perplexity and bits per byte are measured.")
  private @Nullable Path text;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "With --text: tokens of the window that slides over the text (default: the model's"
              + " context, at most 2048).")
  @Range(min = 1)
  private @Nullable Integer window;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description =
          "With --text: new tokens of each window; the others are read as their context (default:"
              + " half a window).")
  @Range(min = 1)
  private @Nullable Integer stride;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences that are read at once (default: 16).")
  @Range(min = 1)
  private int batch = 16;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Seed of the draws of examples, of sampling and of the bootstrap, at least 0 (default:"
              + " 1234, as in lm-evaluation-harness).")
  @Range(min = 0)
  private long seed = 1234;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      description = "Draws of the bootstrap; 0 for no intervals (default: 1000).")
  @Range(min = 0, max = 1e6)
  private int resamples = 1000;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Writes the results to this new file as JSON, with the numbers of each example.")
  private @Nullable Path out;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes the results to this new file as a page with plots.")
  private @Nullable Path html;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    check();
    OutputFile.requireNew("--out", out);
    OutputFile.requireNew("--html", html);
    if (!test.isEmpty()) {
      report(onExamples());
      return 0;
    }
    EvalTask.Settings settings =
        new EvalTask.Settings(
            data, optional(numFewShot), optional(maxGenTokens), optional(limit), seed, style());
    List<EvalGroup> read = new ArrayList<>();
    for (Path file : tasks) {
      if (!Files.isRegularFile(file)) {
        throw new CommandException(file + ": must be the YAML file of a task, got no file");
      }
      read.add(EvalGroup.read(file, settings));
    }
    Path folder = ModelFolder.require(model);
    if (ModelFolder.isEncoderDecoder(folder)) {
      throw new CommandException(folder + ": must be a decoder, got an encoder-decoder");
    }
    String content = text == null ? null : TextSource.read(text);
    EvalRun run;
    try (TextModel loaded = TextModel.load(folder)) {
      long start = System.nanoTime();
      List<TaskResult> results = run(loaded, read, content);
      double seconds = (System.nanoTime() - start) / 1e9;
      run = new EvalRun(model.toString(), new Bootstrap(seed, resamples), seconds, results);
    }
    report(run);
    return 0;
  }

  private EvalRun onExamples() throws IOException {
    Path folder = ModelFolder.require(model);
    for (Path file : test) {
      if (!Files.isRegularFile(file)) {
        throw new CommandException(file + ": must be a file of examples, got no file");
      }
    }
    LabelledFile examples = new LabelledFile(test, columns);
    LabelledEvaluation evaluation =
        task == null ? LabelledEvaluations.of(folder, examples) : LabelledEvaluations.named(task);
    for (String role : columns.keySet()) {
      if (!evaluation.columns().contains(role)) {
        throw new IllegalArgumentException(
            "--columns: must name one of %s for the task %s, got %s"
                .formatted(
                    String.join(", ", new TreeSet<>(evaluation.columns())),
                    evaluation.name(),
                    role));
      }
    }
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    long start = System.nanoTime();
    TaskResult result =
        evaluation.run(folder, examples, share -> progress.update(share, evaluation.name()));
    double seconds = (System.nanoTime() - start) / 1e9;
    progress.clear();
    return new EvalRun(model.toString(), new Bootstrap(seed, resamples), seconds, List.of(result));
  }

  private void report(EvalRun run) {
    if (out != null) {
      EvalFile.write(out, run);
    }
    if (html != null) {
      HtmlReport.write(html, run);
    }
    PrintWriter writer = Output.of(spec);
    if (json) {
      Json.print(writer, EvalFile.toMap(run, false));
    } else {
      print(writer, run);
    }
  }

  private void check() {
    if (tasks.isEmpty() && text == null && test.isEmpty()) {
      throw new IllegalArgumentException(
          "--test: must be given, or --tasks or --text, got none of them");
    }
    if (!test.isEmpty() && (!tasks.isEmpty() || text != null)) {
      throw new IllegalArgumentException("--test: must come without --tasks and --text, got both");
    }
    if (test.isEmpty() && (task != null || !columns.isEmpty())) {
      throw new IllegalArgumentException(
          (task != null ? "--task" : "--columns") + ": must come with --test, got it alone");
    }
    if (text == null && (window != null || stride != null)) {
      throw new IllegalArgumentException(
          (window != null ? "--window" : "--stride") + ": must come with --text, got it alone");
    }
    if (isSingleTurn && !appliesTemplate) {
      throw new IllegalArgumentException(
          "--single-turn: must come with --apply-chat-template, got it alone");
    }
    if (tasks.isEmpty() && (appliesTemplate || !system.isEmpty())) {
      throw new IllegalArgumentException(
          (appliesTemplate ? "--apply-chat-template" : "--system-instruction")
              + ": must come with --tasks, got it alone");
    }
    if (!data.isEmpty() && tasks.size() != 1) {
      throw new IllegalArgumentException(
          "--data: must come with one task, got %d".formatted(tasks.size()));
    }
  }

  private PromptStyle style() {
    if (!appliesTemplate) {
      return new PromptStyle(null, false, system);
    }
    Path folder = ModelFolder.require(model);
    ChatTemplate template =
        StoredModel.of(folder).chatTemplate().orElseGet(() -> ChatTemplate.load(folder));
    return new PromptStyle(template, !isSingleTurn, system);
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private List<TaskResult> run(TextModel loaded, List<EvalGroup> groups, @Nullable String content)
      throws IOException {
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    List<TaskResult> results = new ArrayList<>();
    TaskRunner runner = new TaskRunner(loaded, batch);
    for (EvalGroup group : groups) {
      List<TaskResult> own = new ArrayList<>();
      for (EvalTask each : group.tasks()) {
        runner.onProgress(share -> progress.update(share, each.name()));
        own.addAll(runner.run(each));
      }
      results.addAll(own);
      results.addAll(group.means(own));
    }
    if (content != null && text != null) {
      int most = loaded.maxPositions();
      int tokens = window == null ? Math.min(most, 2048) : window;
      if (tokens > most) {
        throw new IllegalArgumentException(
            "--window: must be at most %d, the context of the model, got %d"
                .formatted(most, tokens));
      }
      int step = stride == null ? Math.max(1, tokens / 2) : stride;
      if (step > tokens) {
        throw new IllegalArgumentException(
            "--stride: must be at most the window of %d tokens, got %d".formatted(tokens, step));
      }
      LikelihoodScorer scorer = new LikelihoodScorer(loaded, batch);
      String name = String.valueOf(text.getFileName());
      scorer.onProgress(share -> progress.update(share, name));
      results.add(SlidingPerplexity.of(scorer, name, content, tokens, step));
    }
    progress.clear();
    return results;
  }

  private static void print(PrintWriter out, EvalRun run) {
    List<EvalRun.Row> rows = run.rows();
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    for (EvalRun.Row row : rows) {
      String name = row.name() + " ".repeat(width - row.name().length());
      String interval =
          Double.isNaN(row.interval().low())
              ? ""
              : Format.format("  %10.4f to %10.4f", row.interval().low(), row.interval().high());
      out.println(
          Format.format(
              "%s  %10.4f%s  %d examples",
              name, row.figure().value(), interval, row.figure().count()));
    }
    out.flush();
  }
}
