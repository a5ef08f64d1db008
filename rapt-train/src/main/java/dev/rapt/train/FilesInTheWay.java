package dev.rapt.train;

import dev.rapt.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files by which a folder is that of a model: a new run would overwrite them or mix with them.
 */
final class FilesInTheWay {
  private static final Pattern WEIGHTS =
      Pattern.compile(
          ".*\\.(safetensors|safetensors\\.index\\.json|gguf|pth?|h5|onnx|ckpt)|.*model.*\\.bin");

  private static final Pattern OTHERS =
      Pattern.compile(
          "((\\w+_)?config|.*tokenizer.*|vocab|special_tokens_map|added_tokens|tekken|modules|run)"
              + "\\.json|vocab\\.txt|merges\\.txt|.*\\.(model|tiktoken)|metrics\\.jsonl|loss\\.png");

  private FilesInTheWay() {}

  /**
   * The first of these files in a folder, in the order of their names.
   *
   * @param weightsOnly whether only weights count
   */
  static Optional<String> firstIn(Path folder, boolean weightsOnly) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name ->
              WEIGHTS.matcher(name).matches() || (!weightsOnly && OTHERS.matcher(name).matches()))
          .sorted()
          .findFirst();
    } catch (IOException e) {
      throw new CheckpointException(folder, null, "cannot be read: " + e.getMessage(), e);
    }
  }
}
