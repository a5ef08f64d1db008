package dev.rapt.train.example;

import java.nio.file.Path;

/** An example, or a file of examples, that cannot be used; the message names file and line. */
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

  /**
   * Creates an exception about a file as a whole.
   *
   * @param message what must hold, what was found, and the next step
   */
  public ExampleException(Path file, String message) {
    super(file + ": " + message);
  }
}
