package dev.rapt.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Generation;
import dev.rapt.golden.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Results of Hugging Face transformers 5.18 for the same table of logits. */
class ReferenceGenerationTest {
  /** Logits are sums of some ten float32 log-probabilities. */
  private static final double SCORE_TOLERANCE = 2e-5;

  @Test
  void greedyAndBeamSearchMatchTheReference() {
    Path file = Golden.copy("generate").resolve("table_model.json");
    JsonNode recorded = JsonFiles.read(file);
    Prompts prompts = Prompts.of(matrix(recorded.get("prompts")));
    for (JsonNode run : recorded.get("cases").values()) {
      JsonNode args = run.get("args");
      GenerationOptions options = GenerationOptions.parse(ConfigReader.of(file, args));
      Generation got = new Generator(new TableModel(100)).generate(prompts, options);
      int[][] want = matrix(run.get("sequences"));
      assertThat(got.sequences()).as("%s", args).hasSameSizeAs(want);
      for (int i = 0; i < want.length; i++) {
        int[] row = upToEnd(want[i], options);
        assertThat(got.sequences().get(i).ids()).as("%s row %d", args, i).isEqualTo(row);
        if (!run.get("scores").isNull()) {
          assertThat(got.sequences().get(i).score())
              .as("%s score %d", args, i)
              .isCloseTo(run.get("scores").get(i).doubleValue(), within(SCORE_TOLERANCE));
        }
      }
    }
  }

  private static int[] upToEnd(int[] row, GenerationOptions options) {
    for (int i = 3; i < row.length; i++) {
      if (options.eosTokenIds().contains(row[i])) {
        return Arrays.copyOf(row, i + 1);
      }
    }
    return row;
  }

  private static int[][] matrix(JsonNode rows) {
    return rows.values().stream()
        .map(row -> row.values().stream().mapToInt(JsonNode::intValue).toArray())
        .toArray(int[][]::new);
  }
}
