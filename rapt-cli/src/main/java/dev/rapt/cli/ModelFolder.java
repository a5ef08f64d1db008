package dev.rapt.cli;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.hub.HubCache;
import dev.rapt.hub.HubSettings;
import dev.rapt.hub.RepoId;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The folder of a model, as the user names it: by its path, or by its name on the hub. */
final class ModelFolder {
  private ModelFolder() {}

  /**
   * The folder, checked: there is a configuration in it.
   *
   * @param model a path, or ORG/NAME of a model that was downloaded
   * @throws CommandException if it is no folder of a model, with the next step
   */
  static Path require(Path model) {
    if (model.toString().isBlank()) {
      throw new CommandException("MODEL: must be a folder or a name, got an empty one");
    }
    AtomicFiles.recoverFolder(model);
    Path folder = find(model, HubSettings.ofProcess().cache());
    if (!Files.exists(folder)) {
      throw new CommandException(
          folder + ": must be the folder of a model, got nothing; check the path");
    }
    if (!Files.isDirectory(folder)) {
      boolean isGguf = folder.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
      throw new CommandException(
          folder
              + ": must be the folder of a model, got a file; "
              + (isGguf
                  ? "GGUF cannot be read, take the model in safetensors"
                  : "name the folder that holds it"));
    }
    if (!Files.exists(folder.resolve("config.json"))) {
      throw new CommandException(
          folder
              + ": must be the folder of a model, got one without config.json; ./rapt demo or"
              + " ./rapt train makes one");
    }
    return folder;
  }

  /** Whether a folder holds an encoder-decoder. */
  static boolean isEncoderDecoder(Path model) {
    ConfigReader config = ConfigReader.of(require(model).resolve("config.json"));
    return Seq2SeqLm.isFamily(config.stringOr("model_type", ""));
  }

  /**
   * What is at this path, else the folder in the cache of the model of this name.
   *
   * @throws CommandException if there is neither and it is a name
   */
  static Path find(Path model, Path cache) {
    Optional<RepoId> repo = Files.exists(model) ? Optional.empty() : RepoId.of(model);
    if (repo.isEmpty()) {
      return model;
    }
    return new HubCache(cache)
        .find(repo.get(), "main")
        .orElseThrow(() ->
            new CommandException(
                "%s: must be the folder of a model or the name of one in the cache, got neither; ./rapt pull %s downloads it"
                    .formatted(model, repo.get())));
  }

  /**
   * The tokenizer of a folder, of a model in the cache, or of a file.
   *
   * @throws CommandException if there is none
   */
  static Tokenizer tokenizer(Path model) {
    Path path = find(model, HubSettings.ofProcess().cache());
    if (!Files.exists(path)) {
      throw new CommandException(
          path
              + ": must be a folder with a tokenizer.json or a vocabulary, or such a file, got"
              + " nothing; check the path");
    }
    return Tokenizer.load(path);
  }
}
