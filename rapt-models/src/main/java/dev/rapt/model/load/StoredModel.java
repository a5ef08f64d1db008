package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * A model where it is stored: a Hugging Face folder or a GGUF file. This is the only place that
 * tells them apart; a file reads as the folder that it was made from.
 */
public sealed interface StoredModel permits ModelDirectory, GgufModel {
  /**
   * Opens a model.
   *
   * @param path a folder, or a file that ends in {@code .gguf}
   * @throws dev.rapt.checkpoint.CheckpointException if a GGUF file is damaged, or of an
   *     architecture that Rapt does not have
   */
  static StoredModel of(Path path) {
    return isGguf(path)
        ? GgufModel.open(path)
        : new ModelDirectory(path, path.resolve("config.json"));
  }

  /**
   * Opens a folder with another configuration file, or a GGUF file, which has only its own.
   *
   * @param configFile the configuration of a folder
   */
  static StoredModel of(Path path, Path configFile) {
    return isGguf(path) ? GgufModel.open(path) : new ModelDirectory(path, configFile);
  }

  /** Returns whether this is a file that is named as GGUF files are. */
  static boolean isGguf(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gguf") && !Files.isDirectory(path);
  }

  /** Returns the folder or file. */
  Path path();

  /** Returns the config.json. */
  ConfigReader config();

  /** Returns the generation_config.json; empty if there is none. */
  Optional<ConfigReader> generationConfig();

  /** Maps the weights; the caller closes them. */
  StoredWeights weights();

  /** Returns whether there is a tokenizer. */
  boolean hasTokenizer();

  /** Loads the tokenizer. */
  Tokenizer tokenizer();

  /** Loads the tokenizer of the output, which differs in a few models that translate. */
  default Tokenizer targetTokenizer() {
    return tokenizer();
  }

  /** Returns the chat template; empty if there is none. */
  Optional<ChatTemplate> chatTemplate();

  /**
   * The mapped weights of a model.
   *
   * @param checkpoint owns the mapping
   * @param packed those that are quantised
   */
  record StoredWeights(Checkpoint checkpoint, PackedWeights packed) {}
}
