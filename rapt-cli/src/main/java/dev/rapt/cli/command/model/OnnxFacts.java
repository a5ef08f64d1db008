package dev.rapt.cli.command.model;

import dev.rapt.model.summary.ModelSizes;
import dev.rapt.model.summary.ParameterParts;
import dev.rapt.onnx.GraphWeights;
import dev.rapt.onnx.OnnxFile;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Facts about the weights of an ONNX file. */
final class OnnxFacts {
  private OnnxFacts() {}

  /**
   * Adds the facts.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the file is damaged, or a weight has no name
   */
  static void put(Path path, ModelSizes sizes, Map<String, Object> facts) {
    try (Arena arena = Arena.ofConfined()) {
      OnnxFile file = OnnxFile.map(path, arena);
      GraphWeights weights = new GraphWeights(file, arena);
      facts.put("format", "ONNX, written by %s".formatted(file.producer()));
      facts.put(
          "operator_sets",
          file.operatorSets().entrySet().stream()
              .map(set -> set.getKey() + " " + set.getValue())
              .toList());
      Map<String, Shape> shapes = new LinkedHashMap<>();
      Map<String, Long> types = new TreeMap<>();
      long bytes = 0;
      for (String name : weights.names()) {
        shapes.put(name, weights.shape(name));
        types.merge(weights.typeInFile(name).label(), weights.shape(name).numElements(), Long::sum);
        bytes += weights.byteSize(name);
      }
      ParameterParts parts = ParameterParts.of(shapes);
      facts.put("parameters", InfoCommand.parameters(parts, sizes));
      facts.put("types", types);
      facts.put("file_bytes", bytes);
      facts.put("weights_bytes", parts.bytesByPrecision());
    }
  }
}
