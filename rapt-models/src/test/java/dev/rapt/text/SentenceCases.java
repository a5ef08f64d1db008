package dev.rapt.text;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.golden.Golden;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Folders of sentence-transformers, made of recorded cases. */
final class SentenceCases {
  private SentenceCases() {}

  /** The recorded cases. */
  static JsonNode all() {
    return JsonFiles.read(Golden.sentence().resolve("cases.json"));
  }

  /** The texts of a case. */
  static List<String> texts(JsonNode recorded) {
    return recorded.get("texts").values().stream().map(JsonNode::stringValue).toList();
  }

  /** Copies a transformer into a folder. */
  static void copyTransformer(String name, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(Golden.sentence().resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  /** Writes the folder of a case. */
  static void write(JsonNode recorded, Path folder) throws IOException {
    JsonNode files = recorded.get("files");
    JsonNode modules = files.get("modules.json");
    String path = modules == null ? "" : modules.get(0).get("path").stringValue();
    copyTransformer(recorded.get("transformer").stringValue(), folder.resolve(path));
    for (String name : files.propertyNames()) {
      Files.createDirectories(folder.resolve(name).getParent());
      JsonFiles.write(folder.resolve(name), files.get(name));
    }
    JsonNode weights = recorded.get("weights");
    for (String module : weights.propertyNames()) {
      writeWeights(folder.resolve(module).resolve("model.safetensors"), weights.get(module));
    }
  }

  /** Changes keys of JSON files, or writes new files. */
  static void change(JsonNode changes, Path folder) {
    for (String name : changes.propertyNames()) {
      Path file = folder.resolve(name);
      JsonNode content = changes.get(name);
      if (Files.exists(file) && JsonFiles.read(file) instanceof ObjectNode before) {
        content.propertyNames().forEach(key -> before.set(key, content.get(key)));
        JsonFiles.write(file, before);
      } else {
        JsonFiles.write(file, content);
      }
    }
  }

  private static void writeWeights(Path file, JsonNode tensors) {
    try (Arena arena = Arena.ofConfined()) {
      List<TensorEntry> entries = new ArrayList<>();
      for (String name : tensors.propertyNames()) {
        JsonNode values = tensors.get(name).get("values");
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, values.size());
        for (int i = 0; i < values.size(); i++) {
          data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values.get(i).doubleValue());
        }
        long[] shape =
            tensors.get(name).get("shape").values().stream()
                .mapToLong(JsonNode::longValue)
                .toArray();
        entries.add(new TensorEntry(name, DType.F32, Shape.of(shape), data));
      }
      SafetensorsWriter.write(file, entries);
    }
  }
}
