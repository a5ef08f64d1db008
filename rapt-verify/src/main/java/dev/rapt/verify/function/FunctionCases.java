package dev.rapt.verify.function;

import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.CaseReport;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Recorded values of functions that belong to no checkpoint: activations, optimisers, formats, ...
 *
 * @param kind which cases these are
 * @param check makes every recorded call of one
 */
public record FunctionCases(Predicate<JsonNode> kind, Consumer<FunctionCase> check)
    implements CaseHandler {
  private static final String TENSORS = "cases.safetensors";

  /** The handler of the one case of this name, {@code case} in cases.json. */
  public static FunctionCases named(String caseName, Consumer<FunctionCase> check) {
    return new FunctionCases(
        recorded -> recorded.path("case").stringValue("").equals(caseName), check);
  }

  /** The handlers of what the layers, generation and checkpoints are made of. */
  public static List<CaseHandler> all() {
    return List.of(
        named("ops/activations", ActivationChecks::run),
        named("ops/logits_processors", LogitsProcessorChecks::run),
        named("ops/losses", LossChecks::run),
        named("ops/positions", PositionChecks::run),
        named("safetensors/dtypes", DTypeChecks::run));
  }

  @Override
  public boolean handles(JsonNode recorded) {
    return kind.test(recorded);
  }

  @Override
  public void run(Path folder, JsonNode recorded, CaseReport report) {
    try (Arena arena = Arena.ofShared()) {
      Path file = folder.resolve(TENSORS);
      @Nullable SafetensorsFile tensors =
          Files.exists(file) ? SafetensorsFile.map(file, arena) : null;
      check.accept(new FunctionCase(folder, recorded, tensors, report));
    }
  }
}
