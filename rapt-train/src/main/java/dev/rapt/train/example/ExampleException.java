package dev.rapt.train.example;

import java.nio.file.Path;

/** An example that cannot be used; the message names the file and the line. */
public final class ExampleException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param line number of the line, counted from 1
   * @param message what must hold, what was found, and the next step
   */
  public ExampleException(Path file, long line, String message) {
    super("%s, line %d: %s".formatted(file, line, message));
  }
}
