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
 * A model where it is stored: a Hugging Face folder, a GGUF file, or an ONNX file with the files
 * beside it. This is the only place that tells them apart; a file reads as the folder that it was
 * made from.
 */
public sealed interface StoredModel permits ModelDirectory, GgufModel, OnnxModel {
  /**
   * Opens a model.
   *
   * @param path a folder, with weights in safetensors or else an ONNX file, or a file that ends in
   *     {@code .gguf} or {@code .onnx}
   * @throws dev.rapt.checkpoint.CheckpointException if a GGUF file is damaged, or of an
   *     architecture that Rapt does not have
   */
  static StoredModel of(Path path) {
    return isFile(path) ? ofFile(path) : ofFolder(path, path.resolve("config.json"));
  }

  /**
   * Opens a folder with another configuration file, or a file, which has only its own.
   *
   * @param configFile the configuration of a folder
   */
  static StoredModel of(Path path, Path configFile) {
    return isFile(path) ? ofFile(path) : ofFolder(path, configFile);
  }

  private static StoredModel ofFile(Path path) {
    return isGguf(path) ? GgufModel.open(path) : new OnnxModel(path);
  }

  private static StoredModel ofFolder(Path path, Path configFile) {
    Optional<Path> onnx = Checkpoint.isIn(path) ? Optional.empty() : OnnxModel.find(path);
    return onnx.isPresent()
        ? new OnnxModel(onnx.get(), configFile)
        : new ModelDirectory(path, configFile);
  }

  /** Returns whether this is a file that is named as GGUF files are. */
  static boolean isGguf(Path path) {
    return hasEnd(path, ".gguf");
  }

  /** Returns whether this is a file that is named as ONNX files are. */
  static boolean isOnnx(Path path) {
    return hasEnd(path, ".onnx");
  }

  /** Returns whether this is a file that is named as GGUF or ONNX files are. */
  static boolean isFile(Path path) {
    return isGguf(path) || isOnnx(path);
  }

  private static boolean hasEnd(Path path, String end) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(end) && !Files.isDirectory(path);
  }

  /** Returns whether a folder holds an ONNX file in place of weights in safetensors. */
  static boolean hasOnnx(Path folder) {
    return !Checkpoint.isIn(folder) && OnnxModel.find(folder).isPresent();
  }

  /**
   * Returns the folder with the files that describe a model, such as the modules.json of
   * sentence-transformers: for an ONNX file the one that holds it, else the path itself.
   */
  static Path describingFolder(Path path) {
    return isOnnx(path) ? OnnxModel.folder(path) : path;
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
