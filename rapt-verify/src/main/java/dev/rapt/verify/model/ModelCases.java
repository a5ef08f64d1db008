package dev.rapt.verify.model;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.Comparison;
import dev.rapt.verify.report.DamagedFileCases;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Runs cases with a checkpoint and recorded calls of its model. If the case also has a
 * configuration in the notation of older releases, or the model as a GGUF file, all calls run with
 * each.
 */
public final class ModelCases implements CaseHandler {
  private final CaseModel.Loader loader;

  /** Creates a handler for the models of this loader. */
  public ModelCases(CaseModel.Loader loader) {
    this.loader = loader;
  }

  /** The handler of damaged checkpoint folders. */
  public static DamagedFileCases damaged(CaseModel.Loader loader) {
    return DamagedFileCases.folders(
        "checkpoints_bad",
        path -> {
          ModelTypes.require(ConfigReader.of(path.resolve("config.json")));
          CaseModel model = loader.load(path, path.resolve("config.json"), "GPT2LMHeadModel");
          if (model != null) {
            model.close();
          }
        });
  }

  @Override
  public boolean handles(JsonNode recorded) {
    return recorded.path("calls").isArray() && recorded.has("model_class");
  }

  @Override
  public void run(Path folder, JsonNode recorded, CaseReport report) {
    boolean hasWeights =
        Files.exists(folder.resolve(Checkpoint.SINGLE_FILE))
            || Files.exists(folder.resolve(Checkpoint.INDEX_FILE));
    if (!hasWeights) {
      allNotSupported(recorded, report, "weights are not in safetensors");
      return;
    }
    run(folder, folder.resolve("config.json"), "", recorded, report);
    ConfigReader reader = ConfigReader.of(folder.resolve("cases.json"), recorded);
    reader
        .optionalString("config_legacy")
        .ifPresent(name -> run(folder, folder.resolve(name), " (legacy)", recorded, report));
    reader
        .optionalString("gguf")
        .map(folder::resolve)
        .ifPresent(file -> run(folder, file, file, " (GGUF)", recorded, report));
  }

  private void run(Path folder, Path config, String suffix, JsonNode recorded, CaseReport report) {
    run(folder, folder, config, suffix, recorded, report);
  }

  /**
   * Runs the calls of a case.
   *
   * @param stored folder or file of the weights
   * @param config the configuration file; of a GGUF file, the file itself
   */
  private void run(
      Path folder, Path stored, Path config, String suffix, JsonNode recorded, CaseReport report) {
    String modelClass = recorded.get("model_class").stringValue();
    try (Arena arena = Arena.ofShared();
        CaseModel model = loader.load(stored, config, modelClass)) {
      if (model == null) {
        allNotSupported(recorded, report, modelClass);
        return;
      }
      SafetensorsFile tensors = SafetensorsFile.map(folder.resolve("cases.safetensors"), arena);
      for (JsonNode json : recorded.get("calls").values()) {
        RecordedCall call = RecordedCall.of(folder, tensors, json, suffix);
        try {
          run(call, model, report);
        } catch (CheckpointException | IllegalArgumentException | IllegalStateException e) {
          report.failed(call.name(), String.valueOf(e.getMessage()));
        } catch (UnsupportedOperationException e) {
          report.notSupported(call.name(), String.valueOf(e.getMessage()));
        }
      }
    } catch (CheckpointException | IllegalArgumentException e) {
      report.failed("load" + suffix, String.valueOf(e.getMessage()));
    }
  }

  private static void allNotSupported(JsonNode recorded, CaseReport report, String why) {
    for (JsonNode call : recorded.get("calls").values()) {
      report.notSupported(call.get("name").stringValue(), why);
    }
  }

  private static void run(RecordedCall call, CaseModel model, CaseReport report) {
    if (call.outputs().isEmpty()) {
      report.failed(call.name(), "must have recorded outputs, got none");
      return;
    }
    Set<String> wanted = call.outputs().keySet();
    switch (call.method()) {
      case "forward", "mean_pool_normalize" ->
          compare(call, model.forward(call.inputs(), call.args(), wanted), report);
      case "forward_backward" ->
          compare(call, model.forwardBackward(call.inputs(), call.args(), wanted), report);
      case "generate" -> GenerateCall.run(call, model, report);
      default -> report.notSupported(call.name(), "method " + call.method());
    }
  }

  private static void compare(RecordedCall call, Map<String, TensorEntry> got, CaseReport report) {
    double largest = 0;
    for (Map.Entry<String, TensorEntry> output : call.outputs().entrySet()) {
      String name = output.getKey();
      TensorEntry computed = got.get(name);
      if (computed == null) {
        report.failed(call.name(), name + ": must be computed, got nothing");
        return;
      }
      Comparison comparison =
          Comparison.of(output.getValue(), computed, call.atol(), call.mask(name));
      if (comparison.problem() != null) {
        report.failed(call.name(), name + ": " + comparison.problem());
        return;
      }
      largest = Math.max(largest, comparison.largestError());
    }
    report.passed(call.name(), largest);
  }
}
