package dev.rapt.checkpoint;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of a checkpoint cannot be read, used or written. The message names the file, the tensor or
 * key, what must hold and what was found; {@link #path()} is the full path.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;
  private final @Nullable String key;

  /**
   * Creates an error about a file or folder as a whole.
   *
   * @param problem what must hold and what was found: {@code must be a JSON object, got an array}
   */
  public CheckpointException(Path path, String problem) {
    this(path, null, problem, null);
  }

  /** Creates an error about one tensor or key of a file. */
  public CheckpointException(Path path, @Nullable String key, String problem) {
    this(path, key, problem, null);
  }

  /** Creates an error about one tensor or key of a file, with a cause. */
  public CheckpointException(
      Path path, @Nullable String key, String problem, @Nullable Throwable cause) {
    super(nameOf(path) + ": " + (key == null ? "" : key + " ") + problem, cause);
    this.path = path;
    this.key = key;
  }

  /** Returns the file or folder. */
  public Path path() {
    return path;
  }

  /** Returns the tensor name or configuration key; null for the whole file. */
  public @Nullable String key() {
    return key;
  }

  private static String nameOf(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }
}
