package dev.rapt.checkpoint;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of a checkpoint that cannot be used, or cannot be written. The message names the file, the
 * tensor or key, what must hold and what was found; {@link #path()} has the whole path.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;
  private final @Nullable String key;

  /**
   * A problem with the file or folder as a whole.
   *
   * @param problem what must hold and what was found: {@code must be a JSON object, got an array}
   */
  public CheckpointException(Path path, String problem) {
    this(path, null, problem, null);
  }

  /** A problem with one tensor or one key of the file. */
  public CheckpointException(Path path, @Nullable String key, String problem) {
    this(path, key, problem, null);
  }

  /** A problem with one tensor or one key of the file, which {@code cause} found. */
  public CheckpointException(
      Path path, @Nullable String key, String problem, @Nullable Throwable cause) {
    super(nameOf(path) + ": " + (key == null ? "" : key + " ") + problem, cause);
    this.path = path;
    this.key = key;
  }

  /** The file or folder at fault. */
  public Path path() {
    return path;
  }

  /** Tensor name or configuration key at fault; null when the whole file is. */
  public @Nullable String key() {
    return key;
  }

  private static String nameOf(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }
}
