package dev.rapt.eval;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.figure.Interval;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.Bleu;
import dev.rapt.metrics.Chrf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An evaluation as JSON: figures with intervals, and the numbers of each example behind them. */
public final class EvalFile {
  private EvalFile() {}

  /** Returns what is written, or printed without the numbers of the examples. */
  public static Map<String, Object> toMap(EvalRun run, boolean withExamples) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("model", run.model());
    map.put("seed", run.bootstrap().seed());
    map.put("resamples", run.bootstrap().resamples());
    map.put("seconds", run.seconds());
    List<Map<String, Object>> tasks = new ArrayList<>();
    for (TaskResult result : run.results()) {
      Map<String, Object> task = new LinkedHashMap<>();
      task.put("task", result.task());
      task.put("version", result.version());
      task.put("filter", result.filter());
      task.put("num_fewshot", result.numFewShot());
      task.put("examples", result.samples().size());
      Map<String, Object> metrics = new LinkedHashMap<>();
      for (Figure figure : result.figures()) {
        metrics.put(figure.metric(), toMap(figure, run.bootstrap(), withExamples));
      }
      task.put("metrics", metrics);
      if (withExamples) {
        task.put("samples", result.samples().stream().map(EvalFile::toMap).toList());
      }
      tasks.add(task);
    }
    map.put("tasks", tasks);
    return map;
  }

  private static Map<String, Object> toMap(
      Figure figure, Bootstrap bootstrap, boolean withExamples) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("value", figure.value());
    if (bootstrap.resamples() > 0) {
      Interval interval = bootstrap.interval(figure.aggregation(), figure.rows());
      map.put("low", interval.low());
      map.put("high", interval.high());
    }
    map.put("higher_is_better", figure.higherIsBetter());
    String signature = signature(figure.metric());
    if (signature != null) {
      map.put("signature", signature);
    }
    if (withExamples) {
      map.put("aggregation", figure.aggregation().key());
      map.put("rows", figure.rows());
    }
    return map;
  }

  private static @Nullable String signature(String metric) {
    return switch (metric) {
      case "bleu" -> new Bleu().signature();
      case "chrf" -> Chrf.characters(false).signature();
      case "chrf++" -> Chrf.withWords(false).signature();
      default -> null;
    };
  }

  private static Map<String, Object> toMap(TaskResult.Sample sample) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("file", sample.file());
    map.put("line", sample.line());
    if (!sample.logLikelihoods().isEmpty()) {
      map.put("log_likelihoods", sample.logLikelihoods());
    } else {
      map.put("response", sample.response());
    }
    map.put("answers", sample.answers());
    return map;
  }

  /**
   * Writes a run.
   *
   * @throws CheckpointException if the file cannot be written
   */
  public static void write(Path file, EvalRun run) {
    JsonFiles.write(file, toMap(run, true));
  }

  /**
   * Reads the figures of a run; the samples are left out.
   *
   * @throws CheckpointException if it is not the file of a run
   */
  public static EvalRun read(Path file) {
    ConfigReader json = ConfigReader.of(file);
    List<TaskResult> results = new ArrayList<>();
    JsonNode tasks = json.json().path("tasks");
    if (!tasks.isArray()) {
      throw json.error("tasks", "must be a list, got none; write it with rapt eval --out");
    }
    for (JsonNode task : tasks) {
      List<Figure> figures = new ArrayList<>();
      task.path("metrics")
          .properties()
          .forEach(field -> figures.add(figure(json, field.getKey(), field.getValue())));
      results.add(
          new TaskResult(
              task.path("task").asString(""),
              task.path("version").asString(""),
              task.path("filter").asString("none"),
              task.path("num_fewshot").asInt(0),
              figures,
              List.of()));
    }
    return new EvalRun(
        json.stringOr("model", ""),
        new Bootstrap(json.json().path("seed").asLong(0), json.intOr("resamples", 0)),
        json.doubleOr("seconds", 0),
        results);
  }

  private static Figure figure(ConfigReader json, String metric, JsonNode node) {
    String key = node.path("aggregation").asString("");
    Aggregation aggregation =
        Arrays.stream(Aggregation.values())
            .filter(each -> each.key().equals(key))
            .findFirst()
            .orElseThrow(
                () -> json.error(metric, "must name its aggregation, got \"%s\"".formatted(key)));
    List<double[]> rows = new ArrayList<>();
    for (JsonNode row : node.path("rows")) {
      double[] numbers = new double[row.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = row.get(i).asDouble();
      }
      rows.add(numbers);
    }
    if (rows.isEmpty()) {
      throw json.error(metric, "must have rows of its examples, got none");
    }
    return new Figure(
        metric,
        node.path("higher_is_better").asBoolean(true),
        aggregation,
        rows.toArray(double[][]::new));
  }
}
