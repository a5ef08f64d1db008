package dev.rapt.onnx;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The ONNX files among the resources, and what was recorded of them. */
public final class OnnxCases {
  private OnnxCases() {}

  /** Returns a file. */
  public static Path file(String name) {
    return Golden.onnx().resolve(name);
  }

  /** Returns the names of all files. */
  public static List<String> names() {
    return JsonFiles.read(file("cases.json")).propertyNames().stream().sorted().toList();
  }

  /** Returns what was recorded of a file. */
  static JsonNode recorded(String name) {
    return JsonFiles.read(file("cases.json")).get(name);
  }

  /** Copies a file with those beside it that belong to it. */
  public static Path copy(String name, Path folder) throws IOException {
    String stem = name.substring(0, name.length() - ".onnx".length());
    try (Stream<Path> files = Files.list(Golden.onnx())) {
      for (Path file : files.toList()) {
        String found = file.getFileName().toString();
        if (found.startsWith(name) || found.equals(stem + "-tokenizer.json")) {
          Files.copy(file, folder.resolve(found));
        }
      }
    }
    return folder.resolve(name);
  }

  static GraphWeights weights(Path file, Arena arena) {
    return new GraphWeights(OnnxFile.map(file, arena), arena);
  }
}
