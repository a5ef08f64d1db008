package dev.rapt.cli.command.text;

import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.eval.EvalFile;
import dev.rapt.eval.EvalRun;
import dev.rapt.eval.RunComparison;
import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.figure.PairedDifference;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Compares two evaluations. */
@Command(
    name = "compare",
    description = {
      "Compares two results of rapt eval, figure by figure, with a paired bootstrap.",
      "Prints both values, the difference with its 95%% interval, and p: twice the share of draws"
          + " in which the difference is zero or has the other sign."
    })
public final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FIRST", description = "JSON of rapt eval --out.")
  private Path first = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "SECOND",
      description = "JSON of rapt eval --out, of the same tasks and examples.")
  private Path second = Path.of("");

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the bootstrap (default: 1234).")
  @Range
  private long seed = 1234;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      description = "Draws of the bootstrap (default: 1000).")
  @Range(min = 1, max = 1e6)
  private int resamples = 1000;

  @Option(names = "--json", description = "Prints one JSON object for each figure.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = Output.of(spec);
    List<RunComparison.Row> rows;
    try {
      rows = RunComparison.of(read(first), read(second), new Bootstrap(seed, resamples));
    } catch (IllegalArgumentException e) {
      throw new CommandException("%s, %s: %s".formatted(first, second, e.getMessage()), e);
    }
    if (json) {
      rows.forEach(row -> Json.print(out, toMap(row)));
      return 0;
    }
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    for (RunComparison.Row row : rows) {
      PairedDifference difference = row.difference();
      out.println(
          Format.format(
              "%s  %10.4f  %10.4f  %+10.4f (%+.4f to %+.4f)  p = %.3f  %d examples",
              row.name() + " ".repeat(width - row.name().length()),
              difference.first(),
              difference.second(),
              difference.difference(),
              difference.interval().low(),
              difference.interval().high(),
              difference.pValue(),
              row.examples()));
    }
    out.flush();
    return 0;
  }

  private static EvalRun read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CommandException(file + ": must be a file of rapt eval --out, got no file");
    }
    return EvalFile.read(file);
  }

  private static Map<String, Object> toMap(RunComparison.Row row) {
    Map<String, Object> map = new LinkedHashMap<>();
    PairedDifference difference = row.difference();
    map.put("name", row.name());
    map.put("examples", row.examples());
    map.put("first", difference.first());
    map.put("second", difference.second());
    map.put("difference", difference.difference());
    map.put("low", difference.interval().low());
    map.put("high", difference.interval().high());
    map.put("p", difference.pValue());
    map.put("higher_is_better", row.higherIsBetter());
    return map;
  }
}
