package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.onnx.GraphConfig;
import dev.rapt.onnx.GraphWeights;
import dev.rapt.onnx.OnnxFile;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An encoder in an ONNX file. What the file does not hold is read beside it: tokenizer and, where
 * there is one, the config.json.
 *
 * @param path the file
 * @param configFile the configuration; the graph shows what it would say where it is missing
 */
record OnnxModel(Path path, Path configFile) implements StoredModel {
  private static final String END = ".onnx";
  private static final String SUBFOLDER = "onnx";

  /** The file among several that is neither quantised nor optimised. */
  private static final String USUAL_NAME = "model.onnx";

  OnnxModel(Path path) {
    this(path, folder(path).resolve("config.json"));
  }

  /**
   * Returns the ONNX file of a folder, which may be in its subfolder {@code onnx}; empty if there
   * is none.
   *
   * @throws CheckpointException if there are several, and none is {@code model.onnx}
   */
  static Optional<Path> find(Path folder) {
    return Stream.of(folder, folder.resolve(SUBFOLDER))
        .map(OnnxModel::files)
        .filter(files -> !files.isEmpty())
        .findFirst()
        .map(files -> choose(folder, files));
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(END)).sorted().toList();
    } catch (IOException e) {
      throw new CheckpointException(folder, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static Path choose(Path folder, List<Path> files) {
    if (files.size() == 1) {
      return files.getFirst();
    }
    return files.stream()
        .filter(file -> file.endsWith(USUAL_NAME))
        .findFirst()
        .orElseThrow(() ->
            new CheckpointException(
                folder,
                "must hold %s or one ONNX file, got %s; pass the path of one"
                    .formatted(USUAL_NAME, files.stream().map(Path::getFileName).toList())));
  }

  /**
   * Returns the folder that describes the model of a file: that of the file, or the one above its
   * subfolder {@code onnx}.
   */
  static Path folder(Path file) {
    Path parent = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Path above = parent.getParent();
    return above != null && parent.endsWith(SUBFOLDER) && !hasFiles(parent) ? above : parent;
  }

  private static boolean hasFiles(Path folder) {
    return Stream.of("config.json", "tokenizer.json").map(folder::resolve).anyMatch(Files::exists);
  }

  @Override
  public ConfigReader config() {
    if (Files.exists(configFile)) {
      return ConfigReader.of(configFile);
    }
    try (Arena arena = Arena.ofConfined()) {
      return GraphConfig.of(new GraphWeights(OnnxFile.map(path, arena), arena));
    }
  }

  @Override
  public Optional<ConfigReader> generationConfig() {
    return Optional.empty();
  }

  @Override
  public StoredWeights weights() {
    return new StoredWeights(
        Checkpoint.of(path, arena -> new GraphWeights(OnnxFile.map(path, arena), arena)),
        PackedWeights.NONE);
  }

  /**
   * Returns the tokenizer's file with the name of this one, as LangChain4j has them: {@code
   * x-tokenizer.json} of {@code x.onnx}.
   */
  private Path ownTokenizer() {
    String name = path.getFileName().toString();
    return path.resolveSibling(name.substring(0, name.length() - END.length()) + "-tokenizer.json");
  }

  @Override
  public boolean hasTokenizer() {
    return Files.exists(ownTokenizer()) || ModelDirectory.hasTokenizer(folder(path));
  }

  @Override
  public Tokenizer tokenizer() {
    return Tokenizer.load(Files.exists(ownTokenizer()) ? ownTokenizer() : folder(path));
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    return Optional.empty();
  }
}
