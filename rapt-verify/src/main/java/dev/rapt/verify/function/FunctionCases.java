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
 * Runs cases of functions, which have no checkpoint: activations, optimisers, file formats, ...
 *
 * @param kind whether a cases.json is of this kind
 * @param check runs all calls of a case
 */
public record FunctionCases(Predicate<JsonNode> kind, Consumer<FunctionCase> check)
    implements CaseHandler {
  private static final String TENSORS = "cases.safetensors";

  /** The handler of the case with this name, {@code case} in cases.json. */
  public static FunctionCases named(String caseName, Consumer<FunctionCase> check) {
    return new FunctionCases(
        recorded -> recorded.path("case").stringValue("").equals(caseName), check);
  }

  /** Handlers of the functions of layers, generation and checkpoint files. */
  public static List<CaseHandler> all() {
    return List.of(
        named("gguf/all_types", GgufChecks::types),
        named("gguf/metadata", GgufChecks::metadata),
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
