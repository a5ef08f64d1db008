package dev.rapt.cli.command.model;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.model.load.StoredModel;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Facts about a GGUF file, from its header. */
final class GgufFacts {
  /** Longer arrays, such as vocabularies, are counted instead of shown. */
  private static final int MOST_ELEMENTS = 8;

  /** Longer texts, such as chat templates, are cut. */
  private static final int MOST_CHARACTERS = 80;

  private GgufFacts() {}

  /**
   * Reads the facts.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the file is damaged
   */
  static Map<String, Object> of(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(path, arena);
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("file", path.toAbsolutePath().normalize().toString());
      facts.put("format", "GGUF, version " + file.version());
      putSupport(path, facts);
      long parameters = 0;
      long bytes = 0;
      Map<String, Object> types = new LinkedHashMap<>();
      for (GgufTensor tensor : file.tensors().values()) {
        parameters += tensor.shape().numElements();
        bytes += tensor.data().byteSize();
        types.merge(
            tensor.type().toString(), tensor.shape().numElements(), (a, b) -> (Long) a + (Long) b);
      }
      facts.put("tensors", file.tensors().size());
      facts.put("parameters", parameters);
      facts.put("types", types);
      facts.put("weights_bytes", bytes);
      Map<String, Object> metadata = new LinkedHashMap<>();
      file.metadata().values().forEach((key, value) -> metadata.put(key, shown(value)));
      facts.put("metadata", metadata);
      return facts;
    }
  }

  private static void putSupport(Path path, Map<String, Object> facts) {
    try {
      var _ = StoredModel.of(path).config(); // fails if a size is missing, too
      facts.put("supported", true);
    } catch (CheckpointException e) {
      facts.put("supported", false);
      facts.put("reason", String.valueOf(e.getMessage()));
    }
  }

  private static Object shown(Object value) {
    if (value instanceof List<?> array && array.size() > MOST_ELEMENTS) {
      return "array of " + array.size();
    }
    String text = value.toString();
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS - 1) + "…" : value;
  }
}
