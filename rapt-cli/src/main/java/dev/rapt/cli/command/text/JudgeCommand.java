package dev.rapt.cli.command.text;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFile;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.judge.AnswerPair;
import dev.rapt.eval.judge.JudgePrompt;
import dev.rapt.eval.judge.JudgeReport;
import dev.rapt.eval.judge.Judgement;
import dev.rapt.eval.judge.PairJudge;
import dev.rapt.eval.judge.Verdict;
import dev.rapt.model.load.StoredModel;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets a model judge pairs of answers. */
@Command(
    name = "judge",
    description = {
      "Lets a decoder judge which of two answers to each request is better.",
      "Each pair is shown in both orders; where the order decides, it counts as a tie. The verdict is"
          + " the likeliest of the replies A, B and C, through the chat template of the model if it"
          + " has one. With --raters, the agreement with other ratings of the same pairs is"
          + " measured."
    })
public final class JudgeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "JUDGE",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path judge = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "PAIRS",
      description = "Table of requests with two answers each: JSON Lines, TSV or CSV.")
  private Path pairs = Path.of("");

  @Option(
      names = "--columns",
      paramLabel = "ROLE=NAME",
      split = ",",
      description =
          "Names the columns: request=NAME,first=NAME,second=NAME (default: the first of usual"
              + " names).")
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--raters",
      paramLabel = "NAME",
      split = ",",
      description =
          "Columns with the ratings of others, such as people: first, second or tie; model_a and"
              + " model_b work too. An empty cell is no rating.")
  private List<String> raters = new ArrayList<>();

  @Option(
      names = "--prompt",
      paramLabel = "FILE",
      description =
          "The question to the judge, with {request}, {first} and {second} in it; it asks for A, B"
              + " or C.")
  private @Nullable Path prompt;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences that are read at once (default: 16).")
  @Range(min = 1)
  private int batch = 16;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the bootstrap (default: 1234).")
  @Range
  private long seed = 1234;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      description = "Draws of the bootstrap; 0 for no interval (default: 1000).")
  @Range(min = 0, max = 1e6)
  private int resamples = 1000;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Writes the verdict of each pair to this new file as a line of JSON.")
  private @Nullable Path out;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    for (String role : columns.keySet()) {
      if (!AnswerPair.ROLES.contains(role)) {
        throw new IllegalArgumentException(
            "--columns: must name request, first or second, got " + role);
      }
    }
    OutputFile.requireNew("--out", out);
    List<AnswerPair> read = read();
    Path folder = ModelFolder.require(judge);
    JudgePrompt question = question(StoredModel.of(folder).chatTemplate().orElse(null));
    List<Judgement> judgements;
    try (TextModel model = TextModel.load(folder)) {
      PairJudge judging = new PairJudge(model, question, batch);
      ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
      judging.onProgress(share -> progress.update(share, "judging"));
      judgements = judging.judge(read);
      progress.clear();
    }
    JudgeReport report = JudgeReport.of(judgements, raters, new Bootstrap(seed, resamples));
    if (out != null) {
      write(out, judgements);
    }
    PrintWriter writer = Output.of(spec);
    if (json) {
      Json.print(writer, toMap(report));
    } else {
      print(writer, report);
    }
    return 0;
  }

  private List<AnswerPair> read() throws IOException {
    if (!Files.isRegularFile(pairs)) {
      throw new CommandException(pairs + ": must be a table of pairs, got no file");
    }
    List<Example> examples = ExampleReader.readAll(pairs);
    if (examples.isEmpty()) {
      throw new CommandException(pairs + ": must hold at least 1 pair, got none");
    }
    for (String rater : raters) {
      if (examples.stream().noneMatch(example -> example.has(rater))) {
        throw examples
            .getFirst()
            .error(
                "must have the column \"%s\" of --raters, got the columns %s"
                    .formatted(rater, examples.getFirst().fields().propertyNames()));
      }
    }
    return examples.stream().map(example -> AnswerPair.of(example, columns)).toList();
  }

  private JudgePrompt question(@Nullable ChatTemplate template) throws IOException {
    if (prompt == null) {
      return new JudgePrompt(JudgePrompt.USUAL, template);
    }
    try {
      return new JudgePrompt(TextSource.read(prompt).strip(), template);
    } catch (IllegalArgumentException e) {
      throw new CommandException(prompt + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path file, List<Judgement> judgements) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Judgement judgement : judgements) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("line", judgement.pair().example().line());
      map.put("verdict", judgement.verdict().key());
      map.put("as_given", judgement.asGiven());
      map.put("swapped", judgement.swapped());
      lines.append(Json.line(map)).append('\n');
    }
    AtomicFiles.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void print(PrintWriter out, JudgeReport report) {
    report
        .counts()
        .forEach((verdict, count) -> out.println(Format.format("%-8s %6d", verdict.key(), count)));
    String interval =
        Double.isNaN(report.interval().low())
            ? ""
            : Format.format(" (%.3f to %.3f)", report.interval().low(), report.interval().high());
    out.println(
        Format.format(
            "the second answer wins %.3f%s, ties counted half", report.winRate(), interval));
    out.println(
        Format.format("%.3f of the pairs have one verdict in both orders", report.consistency()));
    if (Double.isNaN(report.shownFirst())) {
      out.println(
          "hint: the judge calls every pair a tie; try a larger model, or ask with --prompt in other words");
    } else {
      out.println(
          Format.format(
              "%.3f of the wins go to the answer that is shown first", report.shownFirst()));
    }
    report
        .raters()
        .forEach((rater, agreement) ->
            out.println(
                Format.format(
                    "agreement with %s: %.3f of %d pairs, Cohen's kappa %.3f",
                    rater, agreement.agreement(), agreement.pairs(), agreement.kappa())));
    if (!report.raters().isEmpty()) {
      String fleiss =
          Double.isNaN(report.fleiss())
              ? ""
              : Format.format("Fleiss' kappa %.3f, ", report.fleiss());
      out.println(Format.format("all raters: %sKrippendorff's alpha %.3f", fleiss, report.alpha()));
    }
    out.flush();
  }

  private static Map<String, Object> toMap(JudgeReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Verdict verdict : Verdict.values()) {
      map.put(verdict.key(), report.counts().get(verdict));
    }
    map.put("win_rate_of_second", report.winRate());
    map.put("low", report.interval().low());
    map.put("high", report.interval().high());
    map.put("consistency", report.consistency());
    map.put("shown_first", report.shownFirst());
    map.put("raters", report.raters());
    map.put("fleiss_kappa", report.fleiss());
    map.put("krippendorff_alpha", report.alpha());
    return map;
  }
}
