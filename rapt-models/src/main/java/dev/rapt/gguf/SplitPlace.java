package dev.rapt.gguf;

import dev.rapt.checkpoint.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place of a file among those that llama.cpp's gguf-split divides a model into: the first has
 * the metadata of the model, all have tensors.
 *
 * @param number of the part, counted from 0
 * @param count number of parts
 * @param numTensors number of tensors of all parts together
 */
record SplitPlace(long number, long count, long numTensors) {
  /** Keys of the place, which the metadata of the whole model does not have. */
  static final String PREFIX = "split.";

  /** By {@code llama_split_path} of llama.cpp. */
  private static final Pattern NAME = Pattern.compile("(.*)-\\d{5}-of-\\d{5}\\.gguf");

  /** Returns the place that a file states; empty for a file that is a whole model. */
  static Optional<SplitPlace> of(GgufMetadata metadata) {
    long count = metadata.integer(PREFIX + "count", 0);
    return count < 2
        ? Optional.empty()
        : Optional.of(
            new SplitPlace(
                metadata.integer(PREFIX + "no"),
                count,
                metadata.integer(PREFIX + "tensors.count")));
  }

  /**
   * Checks that a file is the first part and is named as such.
   *
   * @throws CheckpointException if it is not
   */
  void requireFirst(Path file) {
    if (!NAME.matcher(String.valueOf(file.getFileName())).matches()) {
      throw new CheckpointException(
          file,
          "must be named NAME-%05d-of-%05d.gguf as part %d of %d, got another name; rename it"
              .formatted(number + 1, count, number + 1, count));
    }
    if (number != 0) {
      throw new CheckpointException(
          file,
          "must be the first of %d parts, got part %d; name %s instead"
              .formatted(count, number + 1, path(file, 0).getFileName()));
    }
  }

  /**
   * Returns the file of another part.
   *
   * @param file one of the parts
   */
  Path path(Path file, long part) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    String stem = name.matches() ? name.group(1) : "";
    return file.resolveSibling("%s-%05d-of-%05d.gguf".formatted(stem, part + 1, count));
  }

  /**
   * Checks that a part is there.
   *
   * @throws CheckpointException if it is missing
   */
  void requirePresent(Path file, long part) {
    if (!Files.exists(file)) {
      throw new CheckpointException(
          file,
          "must be there as part %d of %d, got nothing; put all parts into one folder"
              .formatted(part + 1, count));
    }
  }

  /**
   * Checks that a file is a part of the same model.
   *
   * @throws CheckpointException if it is not
   */
  void requireSameModel(GgufFile file, long part) {
    SplitPlace wanted = new SplitPlace(part, count, numTensors);
    SplitPlace found = of(file.metadata()).orElse(null);
    if (!wanted.equals(found)) {
      throw new CheckpointException(
          file.path(),
          "must be %s, got %s; it is of another model or damaged"
              .formatted(wanted.words(), found == null ? "a file without parts" : found.words()));
    }
  }

  private String words() {
    return "part %d of %d with %d tensors in all".formatted(number + 1, count, numTensors);
  }
}
