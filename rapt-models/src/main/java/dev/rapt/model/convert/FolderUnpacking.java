package dev.rapt.model.convert;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.model.Model;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.WholeModel;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the model of a quantised folder with unpacked weights: those that the model uses. The
 * folder appears complete or not at all.
 */
final class FolderUnpacking {
  private static final String QUANTIZATION = "quantization_config";

  private FolderUnpacking() {}

  static ModelConversion.Result run(
      Path folder,
      Path out,
      ConfigReader config,
      DType type,
      long maxShardBytes,
      ModelConversion.Progress progress) {
    try (Model model = WholeModel.load(folder, config)) {
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      List<Spec> specs = new ArrayList<>();
      for (Parameter parameter : model.parameters()) {
        parameters.put(parameter.name(), parameter);
        specs.add(new Spec(parameter.name(), type, parameter.shape()));
      }
      long bytesRead = model.parameters().all().stream().mapToLong(FolderUnpacking::bytes).sum();
      List<String> files = new ArrayList<>();
      AtomicFiles.replaceFolder(
          out,
          incoming -> {
            ModelConversion.copyOthers(folder, incoming);
            JsonFiles.write(incoming.resolve("config.json"), unquantised(config.json(), type));
            long[] done = new long[1];
            SafetensorsWriter.writeFolder(
                    incoming,
                    specs,
                    maxShardBytes,
                    (writer, spec) -> {
                      Parameter parameter = Objects.requireNonNull(parameters.get(spec.name()));
                      append(writer, folder, parameter, type);
                      done[0] += bytes(parameter);
                      progress.update(done[0], bytesRead);
                    })
                .forEach(file -> files.add(file.getFileName().toString()));
          });
      return new ModelConversion.Result(
          specs.size(),
          bytesRead,
          specs.stream().mapToLong(Spec::byteSize).sum(),
          List.copyOf(files));
    }
  }

  private static long bytes(Parameter parameter) {
    PackedWeight packed = parameter.packed();
    return packed != null
        ? packed.byteSize()
        : parameter.shape().numElements() * parameter.stored().dtype().byteSize();
  }

  private static ObjectNode unquantised(JsonNode config, DType type) {
    ObjectNode json = (ObjectNode) config.deepCopy();
    json.remove(QUANTIZATION);
    for (JsonNode part : json.values()) {
      if (part instanceof ObjectNode object) {
        object.remove(QUANTIZATION);
      }
    }
    ModelConversion.setType(json, ModelWriter.torchName(type));
    return json;
  }

  private static void append(
      SafetensorsWriter writer, Path folder, Parameter parameter, DType type) {
    try (Scope scope = Scope.open()) {
      PackedWeight packed = parameter.packed();
      Tensor value = packed == null ? parameter.stored() : packed.unpack(scope, DType.F32);
      if (value.dtype() != type) {
        Tensor narrow = scope.empty(type, value.shape());
        Casts.copy(narrow, value);
        value = narrow;
      }
      ModelConversion.requireFinite(value, folder, parameter.name());
      writer.append(parameter.name(), value.memory());
    }
  }
}
