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
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Cases with a checkpoint and recorded calls of its model. Where the configuration is there in the
 * notation of older releases too, all calls run with both.
 */
public final class ModelCases implements CaseHandler {
  private static final double DEFAULT_ATOL = 1e-4;

  private final CaseModel.Loader loader;

  /** Runs the cases of all models that this loader loads. */
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
  }

  private void run(Path folder, Path config, String suffix, JsonNode recorded, CaseReport report) {
    String modelClass = recorded.get("model_class").stringValue();
    try (Arena arena = Arena.ofShared();
        CaseModel model = loader.load(folder, config, modelClass)) {
      if (model == null) {
        allNotSupported(recorded, report, modelClass);
        return;
      }
      SafetensorsFile tensors = SafetensorsFile.map(folder.resolve("cases.safetensors"), arena);
      for (JsonNode call : recorded.get("calls").values()) {
        String name = call.get("name").stringValue() + suffix;
        try {
          runCall(folder, model, tensors, call, name, report);
        } catch (CheckpointException | IllegalArgumentException | IllegalStateException e) {
          report.failed(name, String.valueOf(e.getMessage()));
        } catch (UnsupportedOperationException e) {
          report.notSupported(name, String.valueOf(e.getMessage()));
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

  private static void runCall(
      Path folder,
      CaseModel model,
      SafetensorsFile tensors,
      JsonNode call,
      String name,
      CaseReport report) {
    Map<String, TensorEntry> inputs = named(tensors, call.get("inputs"));
    Map<String, TensorEntry> want = named(tensors, call.get("outputs"));
    double atol = call.path("atol").doubleValue(DEFAULT_ATOL);
    JsonNode args = call.get("args");
    switch (call.get("method").stringValue()) {
      case "forward", "mean_pool_normalize" ->
          compare(want, model.forward(inputs, args, want.keySet()), inputs, call, name, report);
      case "forward_backward" ->
          compare(
              want, model.forwardBackward(inputs, args, want.keySet()), inputs, call, name, report);
      case "generate" -> GenerateCall.run(folder, model, inputs, args, want, atol, name, report);
      default -> report.notSupported(name, "method " + call.get("method"));
    }
  }

  private static Map<String, TensorEntry> named(SafetensorsFile tensors, JsonNode names) {
    Map<String, TensorEntry> named = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : names.properties()) {
      named.put(entry.getKey(), tensors.entry(entry.getValue().stringValue()));
    }
    return named;
  }

  private static void compare(
      Map<String, TensorEntry> want,
      Map<String, TensorEntry> got,
      Map<String, TensorEntry> inputs,
      JsonNode call,
      String name,
      CaseReport report) {
    double atol = call.path("atol").doubleValue(DEFAULT_ATOL);
    double largest = 0;
    for (Map.Entry<String, TensorEntry> output : want.entrySet()) {
      TensorEntry computed = got.get(output.getKey());
      if (computed == null) {
        report.failed(name, output.getKey() + ": is not computed");
        return;
      }
      JsonNode masked = call.path("masked_by").path(output.getKey());
      @Nullable TensorEntry mask = masked.isString() ? inputs.get(masked.stringValue()) : null;
      Comparison comparison = Comparison.of(output.getValue(), computed, atol, mask);
      if (comparison.problem() != null) {
        report.failed(name, output.getKey() + ": " + comparison.problem());
        return;
      }
      largest = Math.max(largest, comparison.largestError());
    }
    report.passed(name, largest);
  }
}
