package dev.rapt.verify.model;

import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A recorded call of a model.
 *
 * @param folder folder of the case
 * @param name name in the report
 * @param json the call in cases.json
 * @param inputs input tensors by name
 * @param outputs recorded output tensors by name
 */
record RecordedCall(
    Path folder,
    String name,
    JsonNode json,
    Map<String, TensorEntry> inputs,
    Map<String, TensorEntry> outputs) {
  private static final double DEFAULT_ATOL = 1e-4;

  /**
   * Reads a call.
   *
   * @param tensors cases.safetensors of the case
   * @param suffix appended to the name
   */
  static RecordedCall of(Path folder, SafetensorsFile tensors, JsonNode json, String suffix) {
    return new RecordedCall(
        folder,
        json.get("name").stringValue() + suffix,
        json,
        named(tensors, json.get("inputs")),
        named(tensors, json.get("outputs")));
  }

  private static Map<String, TensorEntry> named(SafetensorsFile tensors, JsonNode names) {
    Map<String, TensorEntry> named = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : names.properties()) {
      named.put(entry.getKey(), tensors.entry(entry.getValue().stringValue()));
    }
    return named;
  }

  /** The method of the reference: {@code forward}, {@code generate}, ... */
  String method() {
    return json.get("method").stringValue();
  }

  /** Arguments that are not tensors. */
  JsonNode args() {
    return json.get("args");
  }

  /** The allowed error, relative to max(1, |want|). */
  double atol() {
    return json.path("atol").doubleValue(DEFAULT_ATOL);
  }

  /** The input whose zeros mark elements of an output that are not compared; null compares all. */
  @Nullable TensorEntry mask(String output) {
    JsonNode masked = json.path("masked_by").path(output);
    return masked.isString() ? inputs.get(masked.stringValue()) : null;
  }
}
