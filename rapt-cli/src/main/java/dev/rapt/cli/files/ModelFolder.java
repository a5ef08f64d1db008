package dev.rapt.cli.files;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Program;
import dev.rapt.hub.HubCache;
import dev.rapt.hub.HubSettings;
import dev.rapt.hub.RepoId;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the folder of a model by its path, or by its name on the hub. */
public final class ModelFolder {
  private ModelFolder() {}

  /**
   * A model that runs: its folder, or a GGUF or ONNX file.
   *
   * @param model a path, or ORG/NAME of a pulled model
   * @throws CommandException if it is neither
   * @throws IllegalArgumentException if it is empty
   */
  public static Path require(Path model) {
    return Files.isRegularFile(model) && StoredModel.isFile(model) ? model : requireFolder(model);
  }

  /**
   * The folder of a model, which holds a config.json or the modules.json of sentence-transformers.
   *
   * @param model a path, or ORG/NAME of a pulled model
   * @throws CommandException if it is not the folder of a model
   * @throws IllegalArgumentException if it is empty
   */
  public static Path requireFolder(Path model) {
    if (model.toString().isBlank()) {
      throw new IllegalArgumentException(
          "MODEL: must be a folder or a name, got an empty argument");
    }
    AtomicFiles.recoverFolder(model);
    Path folder = find(model, HubSettings.ofProcess().cache());
    if (!Files.exists(folder)) {
      throw new CommandException(
          folder + ": must be the folder of a model, got nothing; check the path");
    }
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          folder + ": must be the folder of a model, got a file; " + nextStep(folder));
    }
    boolean hasModel =
        Files.exists(folder.resolve("config.json"))
            || Files.exists(folder.resolve("modules.json"))
            || StoredModel.hasOnnx(folder);
    if (AdapterFolder.is(folder) && !Files.exists(folder.resolve("config.json"))) {
      Path merged = folder.resolve("merged");
      throw new CommandException(
          folder
              + ": must be the folder of a model, got an adapter; "
              + (Files.isDirectory(merged)
                  ? "the model with the adapter merged is in " + merged
                  : "merge it into its base model with rapt adapter merge"));
    }
    if (!hasModel) {
      throw new CommandException(
          folder
              + ": must be the folder of a model, got one without config.json; %s or %s makes one"
                  .formatted(Program.line("demo"), Program.line("train")));
    }
    return folder;
  }

  /** What to do with a file where a folder is wanted. */
  private static String nextStep(Path file) {
    if (StoredModel.isFile(file)) {
      return Program.line("convert") + " makes a folder of it";
    }
    return file.toString().endsWith(".jar")
        ? "unpack it with jar xf and pass the .onnx file in it"
        : "pass its folder";
  }

  /** Whether a folder holds an encoder-decoder. */
  public static boolean isEncoderDecoder(Path model) {
    ConfigReader config = StoredModel.of(require(model)).config();
    return Seq2SeqLm.isFamily(config.stringOr("model_type", ""));
  }

  /**
   * The path itself if it exists or is not a name; otherwise the cached folder of the model.
   *
   * @throws CommandException if a model of this name is not in the cache
   */
  public static Path find(Path model, Path cache) {
    Optional<RepoId> repo = Files.exists(model) ? Optional.empty() : RepoId.of(model);
    if (repo.isEmpty()) {
      return model;
    }
    return new HubCache(cache)
        .find(repo.get(), "main")
        .orElseThrow(() ->
            new CommandException(
                "%s: must be the folder of a model or the name of one in the cache, got neither; %s downloads it"
                    .formatted(model, Program.line("pull", repo.get()))));
  }

  /**
   * Loads the tokenizer of a folder, of a pulled model, or of a file.
   *
   * @throws CommandException if the path does not exist
   */
  public static Tokenizer tokenizer(Path model) {
    Path path = existing(model);
    return StoredModel.isFile(path) ? StoredModel.of(path).tokenizer() : Tokenizer.load(path);
  }

  /**
   * Loads a tokenizer that can be saved as tokenizer.json.
   *
   * @throws CommandException if the path does not exist
   */
  public static Tokenizer tokenizerToSave(Path model) {
    Path path = existing(model);
    return StoredModel.isFile(path) ? StoredModel.of(path).tokenizer() : Tokenizer.loadToSave(path);
  }

  /**
   * Loads a rank file for a model that its folder does not tell.
   *
   * @param pattern name of the model, like {@code llama3}
   * @throws CommandException if the path does not exist or is no file
   */
  public static Tokenizer ranks(Path file, String pattern) {
    Path path = existing(file);
    if (Files.isDirectory(path)) {
      throw new CommandException(
          path + ": must be a rank file of tiktoken with --pattern, got a folder; name its file");
    }
    return Tokenizer.loadRanks(path, pattern);
  }

  private static Path existing(Path model) {
    Path path = find(model, HubSettings.ofProcess().cache());
    if (!Files.exists(path)) {
      throw new CommandException(
          path
              + ": must be a folder with a tokenizer.json or a vocabulary, or such a file, got"
              + " nothing; check the path");
    }
    return path;
  }
}
