package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import dev.rapt.model.adapter.LoraConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the folder of an adapter. */
public final class AdapterFolder {
  private AdapterFolder() {}

  /** Returns whether this is the folder of an adapter. */
  public static boolean is(Path folder) {
    return Files.exists(folder.resolve(LoraConfig.FILE));
  }

  /**
   * Checks that this is the folder of an adapter.
   *
   * @throws CommandException if it is not
   */
  public static void require(Path folder) {
    if (!is(folder)) {
      throw new CommandException(
          "%s: must be the folder of an adapter, got %s; pass the folder that PEFT's save_pretrained wrote"
              .formatted(
                  folder,
                  Files.isDirectory(folder) ? "one without " + LoraConfig.FILE : "no folder"));
    }
  }
}
