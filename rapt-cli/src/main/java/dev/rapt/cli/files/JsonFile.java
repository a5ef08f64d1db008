package dev.rapt.cli.files;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.cli.output.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON files that the user names. */
public final class JsonFile {
  private JsonFile() {}

  /**
   * Reads a JSON file.
   *
   * @throws CommandException if it is not valid JSON
   */
  public static JsonNode read(Path file) throws IOException {
    String text = TextSource.read(file);
    if (text.isBlank()) {
      throw new CommandException(file + ": must hold JSON, got an empty file");
    }
    try {
      return JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw new CommandException(file + ": must be valid JSON, but " + JsonFiles.describe(e), e);
    }
  }
}
