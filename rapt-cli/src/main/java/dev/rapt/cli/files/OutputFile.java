package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks the files that commands write their results to. */
public final class OutputFile {
  private OutputFile() {}

  /**
   * Checks, before any work is done, that a file can be written and that nothing is lost by it. An
   * empty file, as mktemp makes it, is accepted.
   *
   * @param option option that names the file
   * @param file null if the option is not given
   * @throws CommandException if there is anything but an empty file, or if the file is below a file
   *     or in a folder that is not writable
   */
  public static void requireNew(String option, @Nullable Path file) throws IOException {
    if (file == null) {
      return;
    }
    boolean isFile = Files.isRegularFile(file);
    if (Files.exists(file) && !(isFile && Files.size(file) == 0)) {
      throw new CommandException(
          "%s: must be a new file, got %s, which is %s; choose another name"
              .formatted(option, file, isFile ? "a file with content" : "no regular file"));
    }
    Path folder = file.toAbsolutePath().normalize().getParent();
    while (folder != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new CommandException(
          "%s: must be in a writable folder, got %s; choose another name or change %s"
              .formatted(option, file, folder));
    }
  }
}
