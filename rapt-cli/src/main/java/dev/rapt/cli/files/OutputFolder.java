package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks and creates the folders that commands write to. */
public final class OutputFolder {
  private OutputFolder() {}

  /**
   * Checks a folder, which need not exist, before any work is done.
   *
   * @throws CommandException if the path is a file, is below a file, or is not writable
   */
  public static void check(Path folder) {
    Path present = folder.toAbsolutePath().normalize();
    while (!Files.exists(present) && present.getParent() != null) {
      present = present.getParent();
    }
    if (!Files.isDirectory(present)) {
      String got = present.endsWith(folder) ? "a file" : "a path below a file, " + present;
      throw new CommandException(
          "%s: must be a folder, got %s; pass another --out".formatted(folder, got));
    }
    if (!Files.isWritable(present)) {
      throw new CommandException(
          "%s: must be a writable folder, got no permission for %s; pass another --out"
              .formatted(folder, present));
    }
  }

  /**
   * Creates a folder if it does not exist.
   *
   * @throws CommandException if it cannot be created
   */
  public static void create(Path folder) {
    check(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandException(
          "%s: must be a writable folder, got %s; pass another --out"
              .formatted(folder, e.getClass().getSimpleName().replace("Exception", "")),
          e);
    }
  }
}
