package dev.rapt.verify.report;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Runs sets of damaged files or folders. Those with {@code must_reject} must be refused with a
 * clear error; good ones must be read.
 */
public final class DamagedFileCases implements CaseHandler {
  private final String caseName;
  private final String key;
  private final Consumer<Path> reader;

  private DamagedFileCases(String caseName, String key, Consumer<Path> reader) {
    this.caseName = caseName;
    this.key = key;
    this.reader = reader;
  }

  /** Damaged safetensors files. */
  public static DamagedFileCases safetensors() {
    return new DamagedFileCases(
        "safetensors/bad",
        "file",
        path -> {
          try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile.map(path, arena);
          }
        });
  }

  /** Damaged GGUF files. */
  public static DamagedFileCases gguf() {
    return files(
        "gguf/bad",
        path -> {
          try (Arena arena = Arena.ofConfined()) {
            GgufFile.map(path, arena);
          }
        });
  }

  /**
   * Damaged files of another kind.
   *
   * @param caseName {@code case} in cases.json
   * @param reader reads one file. It refuses a damaged file with a CheckpointException or
   *     IllegalArgumentException; any other exception is a failure
   */
  public static DamagedFileCases files(String caseName, Consumer<Path> reader) {
    return new DamagedFileCases(caseName, "file", reader);
  }

  /**
   * Damaged folders.
   *
   * @param caseName {@code case} in cases.json
   * @param reader reads one folder; refuses it as in {@link #files}
   */
  public static DamagedFileCases folders(String caseName, Consumer<Path> reader) {
    return new DamagedFileCases(caseName, "folder", reader);
  }

  @Override
  public boolean handles(JsonNode recorded) {
    return recorded.path("case").stringValue("").equals(caseName);
  }

  @Override
  public void run(Path folder, JsonNode recorded, CaseReport report) {
    for (JsonNode good : List.copyOf(recorded.path("good").values())) {
      check(folder, good.stringValue(), false, true, report);
    }
    for (JsonNode entry : recorded.get(key + "s").values()) {
      boolean mustReject = entry.get("must_reject").booleanValue();
      String name = entry.get(key).stringValue();
      check(folder, name, mustReject, name.equals("good"), report);
    }
  }

  private void check(
      Path folder, String name, boolean mustReject, boolean mustAccept, CaseReport report) {
    try {
      reader.accept(folder.resolve(name));
    } catch (CheckpointException | IllegalArgumentException e) {
      if (mustAccept) {
        report.failed(name, "must be read, got " + e.getMessage());
      } else {
        report.passed(name, "refused: " + e.getMessage());
      }
      return;
    } catch (RuntimeException e) {
      report.failed(name, "must be refused with a clear error, got " + e);
      return;
    }
    if (mustReject) {
      report.failed(name, "must be refused, got no error");
    } else {
      report.passed(name, "read");
    }
  }
}
