package dev.rapt.train.data;

import java.io.IOException;
import java.nio.file.Path;

/** A text or shard file that cannot be used; the message names the file and the next step. */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String path;

  DataException(Path path, String message) {
    super(path + ": " + message);
    this.path = path.toString();
  }

  DataException(Path path, String message, Throwable cause) {
    super(path + ": " + message, cause);
    this.path = path.toString();
  }

  /** The file that cannot be used. */
  public Path path() {
    return Path.of(path);
  }
}
