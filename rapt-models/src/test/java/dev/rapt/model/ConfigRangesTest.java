package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** That no probability or epsilon of a configuration is passed over, whatever its value. */
class ConfigRangesTest {
  /** Of heads, which drop nothing here, and what the reference itself looks at nowhere. */
  private static final Set<String> UNUSED =
      Set.of(
          "classifier_dropout",
          "classifier_dropout_prob",
          "classifier_dropout_rate",
          "pooler_dropout",
          "qa_dropout",
          "seq_classif_dropout",
          "summary_first_dropout",
          "summary_last_dropout",
          "layer_norm_eps of biogpt",
          "resid_pdrop of mpt",
          "emb_pdrop of mpt");

  @TestFactory
  Stream<DynamicTest> valuesOutOfRangeAreRefused() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path root : List.of(Golden.copy(""), Golden.recorded())) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(path -> path.endsWith("config.json")).sorted().toList()) {
          JsonNode json = JsonFiles.read(file);
          FamilyTable<?, ?> table = table(json.path("model_type").stringValue(""));
          if (table != null && json instanceof ObjectNode object) {
            String name = root.relativize(file.getParent()).toString();
            tests.add(DynamicTest.dynamicTest(name, () -> assertChecked(file, object, table)));
          }
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(50);
    return tests.stream();
  }

  private static @Nullable FamilyTable<?, ?> table(String modelType) {
    return Stream.<FamilyTable<?, ?>>of(
            DecoderFamilies.TABLE, EncoderFamilies.TABLE, Seq2SeqFamilies.TABLE)
        .filter(table -> table.has(modelType))
        .findFirst()
        .orElse(null);
  }

  private static void assertChecked(Path file, ObjectNode json, FamilyTable<?, ?> table) {
    assertThat(isRefused(file, json, table)).isFalse();
    List<String> passedOver = new ArrayList<>();
    for (String key : json.propertyNames()) {
      boolean isEpsilon = key.endsWith("eps") || key.endsWith("epsilon");
      boolean isProbability = key.matches(".*(dropout|dropout_prob|pdrop|layerdrop|dropout_rate)");
      if (json.get(key).isNumber() && (isEpsilon || isProbability) && !isUnused(json, key)) {
        ObjectNode changed = json.deepCopy().put(key, isEpsilon ? -1e-5 : 1.5);
        if (!isRefused(file, changed, table)) {
          passedOver.add(key);
        }
      }
    }
    assertThat(passedOver).isEmpty();
  }

  private static boolean isUnused(ObjectNode json, String key) {
    return UNUSED.contains(key)
        || UNUSED.contains(key + " of " + json.path("model_type").stringValue(""));
  }

  private static boolean isRefused(Path file, ObjectNode json, FamilyTable<?, ?> table) {
    ConfigReader reader = ConfigReader.of(file, json);
    try {
      var _ = ModelTypes.family(table, reader).parse().apply(reader);
      return false;
    } catch (CheckpointException e) {
      return true;
    }
  }
}
