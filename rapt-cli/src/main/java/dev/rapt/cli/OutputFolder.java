package dev.rapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders that commands write to. */
final class OutputFolder {
  private OutputFolder() {}

  /**
   * Checks a folder before any work is done; it need not be there.
   *
   * @throws CommandException if it is a file, below one, or cannot be written to
   */
  static void check(Path folder) {
    Path present = folder.toAbsolutePath().normalize();
    while (!Files.exists(present) && present.getParent() != null) {
      present = present.getParent();
    }
    if (!Files.isDirectory(present)) {
      String got = present.endsWith(folder) ? "a file" : "one below a file, " + present;
      throw new CommandException(
          "%s: must be a folder, got %s; name another --out".formatted(folder, got));
    }
    if (!Files.isWritable(present)) {
      throw new CommandException(
          "%s: must be a folder that can be written to, got no permission for %s; name another --out"
              .formatted(folder, present));
    }
  }

  /**
   * Makes the folder where it is not there.
   *
   * @throws CommandException if that cannot be
   */
  static void create(Path folder) {
    check(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandException(
          "%s: must be a folder that can be written to, got %s; name another --out"
              .formatted(folder, e.getClass().getSimpleName().replace("Exception", "")),
          e);
    }
  }
}
