package dev.rapt.train;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes metrics as JSON Lines: first the facts about the machine and the run, then a line for each
 * step, evaluation, sample and checkpoint, in the order in which they happen.
 */
final class MetricsLog implements TrainListener, AutoCloseable {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final String STEP = "step";

  private final Path file;
  private final BufferedWriter out;

  private MetricsLog(Path file, BufferedWriter out) {
    this.file = file;
    this.out = out;
  }

  /** Creates the file, replacing one that exists. */
  static MetricsLog begin(Path file, Map<String, ?> environment) {
    String first = MAPPER.writeValueAsString(environment) + "\n";
    AtomicFiles.write(file, first.getBytes(StandardCharsets.UTF_8));
    return open(file);
  }

  /** Continues a file after a step; lines of later steps, which will be repeated, are removed. */
  static MetricsLog resume(Path file, long step, Map<String, ?> environment) {
    if (!Files.exists(file)) {
      return begin(file, environment);
    }
    StringBuilder kept = new StringBuilder();
    try {
      for (String line : Files.readAllLines(file)) {
        if (isUpTo(line, step)) {
          kept.append(line).append('\n');
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(file, null, "cannot be read: " + e.getMessage(), e);
    }
    AtomicFiles.write(file, kept.toString().getBytes(StandardCharsets.UTF_8));
    return open(file);
  }

  private static boolean isUpTo(String line, long step) {
    try {
      JsonNode number = MAPPER.readTree(line).get(STEP);
      return number == null || number.longValue() <= step;
    } catch (JacksonException e) {
      return false; // a crash interrupted the writing of this line
    }
  }

  private static MetricsLog open(Path file) {
    try {
      return new MetricsLog(file, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  @Override
  public void onStep(StepMetrics step) {
    ObjectNode json = line(step.step());
    json.put("loss", step.loss()).put("lr", step.lr()).put("grad_norm", step.gradNorm());
    step.metrics().forEach(json::put);
    json.put("tokens_per_second", rounded(step.tokensPerSecond()));
    if (!Double.isNaN(step.shareOfPeak())) {
      json.put("share_of_peak", rounded(step.shareOfPeak()));
    }
    if (!Double.isNaN(step.joulesPerToken())) {
      json.put("joules_per_token", step.joulesPerToken());
    }
    json.put("tokens", step.tokensSeen()).put("peak_bytes", step.peakBytes());
    write(json.put("seconds", rounded(step.seconds())));
  }

  @Override
  public void onEvaluation(Evaluation evaluation) {
    ObjectNode json = line(evaluation.step()).put("eval_loss", evaluation.loss());
    evaluation.metrics().forEach((name, value) -> json.put("eval_" + name, value));
    write(json.put("eval_tokens", evaluation.tokens()));
  }

  @Override
  public void onSave(long steps, Path folder) {
    write(line(steps).put("checkpoint", String.valueOf(folder.getFileName())));
  }

  @Override
  public void onSample(long steps, String text) {
    write(line(steps).put("sample", text));
  }

  private static ObjectNode line(long step) {
    return MAPPER.createObjectNode().put(STEP, step);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  private void write(ObjectNode json) {
    try {
      out.write(MAPPER.writeValueAsString(json));
      out.newLine();
      out.flush();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }
}
