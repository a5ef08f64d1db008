package dev.rapt.verify;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.Generator;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Generation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A recorded call of generate. */
final class GenerateCall {
  private GenerateCall() {}

  static void run(
      Path folder,
      CaseModel model,
      Map<String, TensorEntry> inputs,
      JsonNode args,
      Map<String, TensorEntry> want,
      double atol,
      String name,
      CaseReport report) {
    CaseModel.Start start = model.start(inputs, args);
    GenerationOptions options =
        GenerationOptions.parse(ConfigReader.of(folder.resolve("cases.json"), args)).toBuilder()
            .eosTokenIds(eosTokenIds(folder, args))
            .recordLogits(want.containsKey("step_logits"))
            .build();
    Generation got = new Generator(start.model()).generate(start.prompts(), options);
    String problem = null;
    double largest = 0;
    for (Map.Entry<String, TensorEntry> output : want.entrySet()) {
      List<GeneratedSequence> sequences = got.sequences();
      switch (output.getKey()) {
        case "sequences" -> problem = compareSequences(output.getValue(), sequences, options);
        case "sequences_scores" -> {
          for (int i = 0; i < sequences.size(); i++) {
            double score = Comparison.value(output.getValue(), i);
            largest = worse(largest, score, sequences.get(i).score());
          }
        }
        case "step_logits" -> largest = worse(largest, output.getValue(), sequences);
        default -> problem = "is not computed";
      }
      if (problem == null && !(largest <= atol)) {
        problem = "largest error must be at most %s, got %s".formatted(atol, largest);
      }
      if (problem != null) {
        report.failed(name, output.getKey() + ": " + problem);
        return;
      }
    }
    report.passed(name, largest);
  }

  /**
   * End tokens of the call or, where it does not mention any, of generation_config.json: the
   * recorded rows of such calls end with them and go on with padding.
   */
  private static List<Integer> eosTokenIds(Path folder, JsonNode args) {
    Path defaults = folder.resolve("generation_config.json");
    ConfigReader source =
        args.has("eos_token_id") || !Files.exists(defaults)
            ? ConfigReader.of(folder.resolve("cases.json"), args)
            : ConfigReader.of(defaults);
    return source.ints("eos_token_id");
  }

  /** Rows are compared up to their first end token behind the prompt. */
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

  private static double worse(double largest, TensorEntry want, List<GeneratedSequence> got) {
    int batch = Math.toIntExact(want.shape().dim(1));
    int vocab = Math.toIntExact(want.shape().dim(2));
    for (int row = 0; row < batch; row++) {
      List<float[]> steps = got.get(row).stepLogits();
      for (int step = 0; step < steps.size(); step++) {
        for (int token = 0; token < vocab; token++) {
          double value = Comparison.value(want, ((long) step * batch + row) * vocab + token);
          largest = worse(largest, value, steps.get(step)[token]);
        }
      }
    }
    return largest;
  }

  /** The larger of two errors; NaN is the largest. */
  private static double worse(double largest, double want, double got) {
    double error = want == got ? 0 : Math.abs(got - want) / Math.max(1, Math.abs(want));
    return error <= largest ? largest : error;
  }
}
