package dev.rapt.cli;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of a model, as the user names it. */
final class ModelFolder {
  private ModelFolder() {}

  /**
   * The folder, checked: there is a configuration in it.
   *
   * @throws CommandException if it is no folder of a model, with the next step
   */
  static Path require(Path folder) {
    AtomicFiles.recoverFolder(folder);
    if (!Files.exists(folder)) {
      throw new CommandException(
          folder + ": must be the folder of a model, got nothing; check the path");
    }
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          folder + ": must be the folder of a model, got a file; name the folder that holds it");
    }
    if (!Files.exists(folder.resolve("config.json"))) {
      throw new CommandException(
          folder
              + ": must be the folder of a model, got one without config.json; ./rapt demo or"
              + " ./rapt train makes one");
    }
    return folder;
  }

  /**
   * The tokenizer of a folder, or of a tokenizer.json.
   *
   * @throws CommandException if there is none
   */
  static Tokenizer tokenizer(Path path) {
    boolean isFolder = Files.isDirectory(path);
    if (!Files.exists(path)) {
      throw new CommandException(
          path + ": must be a folder with a tokenizer.json or such a file, got nothing");
    }
    if (isFolder && !Files.exists(path.resolve("tokenizer.json"))) {
      throw new CommandException(
          path + ": must hold a tokenizer.json, got a folder without; copy the model's there");
    }
    return Tokenizer.load(path);
  }
}
