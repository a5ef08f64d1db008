package dev.rapt.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TableScannerTest {
  private static final String VOCAB =
      "{\"<unk>\": 0, \"a\": 1, \"b\":2, \"\\u2581\": 3, \"\\\"\": 4, \"é\": 5, \"ab\": 6, \"\\\"é\": 7}";
  private static final String MERGES = "[[\"a\", \"b\"], [\"\\\"\", \"é\"]]";

  private static TableScanner.@Nullable Tables scan(String json) {
    return TableScanner.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String model(String tables) {
    return "{\"version\": \"1.0\", \"x\": [1, -2.5e3, {\"y\": \"}\"}], \"model\": {\"type\": \"BPE\","
        + " \"unk_token\": \"<unk>\", "
        + tables
        + "}, \"z\": true}";
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsTablesInEitherOrderAndNotation(boolean mergesFirst) {
    String vocab = "\"vocab\": " + VOCAB;
    for (String merges : new String[] {MERGES, "[\"a b\", \"\\\" é\"]"}) {
      merges = "\"merges\": " + merges;
      TableScanner.Tables tables =
          Objects.requireNonNull(
              scan(model(mergesFirst ? merges + ", " + vocab : vocab + ", " + merges)));
      assertThat(tables.vocabulary().asMap())
          .hasSize(8)
          .containsEntry("\u2581", 3)
          .containsEntry("\"é", 7);
      assertThat(tables.merges().left().toArray()).containsExactly(1, 4);
      assertThat(tables.merges().right().toArray()).containsExactly(2, 5);
      assertThat(tables.merges().result().toArray()).containsExactly(6, 7);
      assertThat(StandardCharsets.UTF_8.decode(tables.rest()).toString())
          .isEqualTo(
              model(
                  mergesFirst
                      ? "\"merges\": null, \"vocab\": null"
                      : "\"vocab\": null, \"merges\": null"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"vocab\": {\"a\": 0, \"b\": -1}, \"merges\": []",
        "\"vocab\": {\"a\": 00}, \"merges\": []",
        "\"vocab\": {\"a\": 0, \"a\": 1}, \"merges\": []",
        "\"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"b\"]]",
        "\"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": [[\"a\", \"b\"]]",
        "\"vocab\": {\"a\": 0}, \"merges\": [\"a\"]",
        "\"vocab\": {\"\\u006\": 0}, \"merges\": []",
        "\"vocab\": {\"a\": 0}, \"merges\": {}",
        "\"vocab\": [[\"a\", 0]], \"merges\": []",
        "\"vocab\": {\"a\": 0",
      })
  void leavesAnythingUnusualToTheParser(String tables) {
    assertThat(scan(model(tables))).isNull();
  }

  @Test
  void escapesThatDifferBetweenTheTablesAreRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        model(
            "\"vocab\": {\"<unk>\": 0, \"\\u0061\": 1, \"b\": 2, \"ab\": 3}, \"merges\": [\"a b\"]"));
    assertThat(Tokenizer.load(file).encode("ab")).containsExactly(3);
  }
}
