package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import dev.rapt.train.NewRunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

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
    while (!Files.exists(present, LinkOption.NOFOLLOW_LINKS) && present.getParent() != null) {
      present = present.getParent();
    }
    if (!Files.isDirectory(present)) {
      String got =
          !Files.exists(present)
              ? "a link to nothing, " + present
              : present.endsWith(folder) ? "a file" : "a path below a file, " + present;
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
   * Checks that a folder, which a command writes completely or not at all, does not exist.
   *
   * @throws CommandException if there is a file or folder
   */
  public static void requireNew(Path folder) {
    if (Files.exists(folder)) {
      throw new CommandException(
          folder + ": must not exist, got a file or folder; choose another path");
    }
  }

  /**
   * Locks the folder of a new run, which is created if necessary.
   *
   * @throws CommandException if it holds a run or another model, or cannot be written
   */
  public static NewRunFolder claimNew(Path folder) throws IOException {
    check(folder);
    try {
      return NewRunFolder.claim(folder);
    } catch (IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Checks that a new run may be written to a folder; returns a note on other files in it.
   *
   * @throws CommandException if it holds a run or another model, or cannot be written
   */
  public static Optional<String> requireFree(Path folder) throws IOException {
    try (NewRunFolder claimed = claimNew(folder)) {
      return claimed.note();
    }
  }
}
