package dev.rapt.eval.task;

import java.nio.file.Path;

/** A task file that cannot be used; the message names the file, the line and the key. */
public final class TaskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param line number of the line, counted from 1
   * @param message the key, what must hold, what was found, and the next step
   */
  TaskException(Path file, int line, String message) {
    super("%s, line %d: %s".formatted(file, line, message));
  }

  /** Creates an exception about a file as a whole. */
  TaskException(Path file, String message) {
    super(file + ": " + message);
  }
}
