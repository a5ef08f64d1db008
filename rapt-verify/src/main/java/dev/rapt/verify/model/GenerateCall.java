package dev.rapt.verify.model;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.Generator;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.Comparison;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Runs recorded calls of {@code generate}. */
final class GenerateCall {
  private GenerateCall() {}

  /** Generates from the inputs of the call and compares with what is recorded. */
  static void run(RecordedCall call, CaseModel model, CaseReport report) {
    JsonNode args = call.args();
    Map<String, TensorEntry> want = call.outputs();
    CaseModel.Start start = model.start(call.inputs(), args);
    GenerationOptions options =
        GenerationOptions.parse(ConfigReader.of(call.folder().resolve("cases.json"), args))
            .toBuilder()
            .eosTokenIds(eosTokenIds(call.folder(), args))
            .recordLogits(want.containsKey("step_logits"))
            .build();
    List<GeneratedSequence> got =
        new Generator(start.model()).generate(start.prompts(), options).sequences();
    double largest = 0;
    for (Map.Entry<String, TensorEntry> output : want.entrySet()) {
      String problem = null;
      switch (output.getKey()) {
        case "sequences" -> problem = compareSequences(output.getValue(), got, options);
        case "sequences_scores" -> largest = worstScore(largest, output.getValue(), got);
        case "step_logits" -> largest = worstLogit(largest, output.getValue(), got);
        default -> problem = "must be computed, got nothing";
      }
      if (problem == null && !(largest <= call.atol())) {
        problem = "largest error must be at most %s, got %s".formatted(call.atol(), largest);
      }
      if (problem != null) {
        report.failed(call.name(), output.getKey() + ": " + problem);
        return;
      }
    }
    report.passed(call.name(), largest);
  }

  /**
   * The end-of-sequence tokens of the call or, if it has none, of generation_config.json: the rows
   * of such calls end with one of them, followed by padding.
   */
  private static List<Integer> eosTokenIds(Path folder, JsonNode args) {
    Path defaults = folder.resolve("generation_config.json");
    ConfigReader source =
        args.has("eos_token_id") || !Files.exists(defaults)
            ? ConfigReader.of(folder.resolve("cases.json"), args)
            : ConfigReader.of(defaults);
    return source.ints("eos_token_id");
  }

  /** Compares rows up to their first end-of-sequence token after the prompt. */
  private static @Nullable String compareSequences(
      TensorEntry want, List<GeneratedSequence> got, GenerationOptions options) {
    int[][] rows = Comparison.toMatrix(want);
    if (rows.length != got.size()) {
      return "must be %d rows, got %d".formatted(rows.length, got.size());
    }
    for (int i = 0; i < rows.length; i++) {
      int end = got.get(i).promptLength();
      while (end < rows[i].length && !options.eosTokenIds().contains(rows[i][end])) {
        end++;
      }
      int[] row = Arrays.copyOf(rows[i], Math.min(end + 1, rows[i].length));
      if (!Arrays.equals(row, got.get(i).ids())) {
        return "row %d must be %s, got %s"
            .formatted(i, Arrays.toString(row), Arrays.toString(got.get(i).ids()));
      }
    }
    return null;
  }

  private static double worstScore(double largest, TensorEntry want, List<GeneratedSequence> got) {
    requireSize("scores", want.shape().numElements(), got.size());
    double worst = largest;
    for (int i = 0; i < got.size(); i++) {
      worst = worse(worst, Comparison.value(want, i), got.get(i).score());
    }
    return worst;
  }

  /** Compares logits (steps, rows, vocabulary); rows that ended early have fewer steps. */
  private static double worstLogit(double largest, TensorEntry want, List<GeneratedSequence> got) {
    int numRows = Math.toIntExact(want.shape().dim(1));
    int vocabSize = Math.toIntExact(want.shape().dim(2));
    requireSize("rows", numRows, got.size());
    double worst = largest;
    int longest = 0;
    for (int row = 0; row < numRows; row++) {
      List<float[]> steps = got.get(row).stepLogits();
      requireSize("steps of row " + row, got.get(row).newIds().length, steps.size());
      longest = Math.max(longest, steps.size());
      for (int step = 0; step < steps.size(); step++) {
        requireSize("logits of a step", vocabSize, steps.get(step).length);
        for (int token = 0; token < vocabSize; token++) {
          long at = ((long) step * numRows + row) * vocabSize + token;
          worst = worse(worst, Comparison.value(want, at), steps.get(step)[token]);
        }
      }
    }
    requireSize("steps", want.shape().dim(0), longest);
    return worst;
  }

  private static void requireSize(String what, long want, long got) {
    if (want != got) {
      throw new IllegalStateException("%s: must be %d, got %d".formatted(what, want, got));
    }
  }

  /** The larger of two errors; NaN is the largest. */
  private static double worse(double largest, double want, double got) {
    double error = want == got ? 0 : Math.abs(got - want) / Math.max(1, Math.abs(want));
    return error <= largest ? largest : error;
  }
}
