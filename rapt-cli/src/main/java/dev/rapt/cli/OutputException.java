package dev.rapt.cli;

import java.io.IOException;
import java.util.Locale;

/** The standard output cannot be written. */
final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputException(IOException cause) {
    super("standard output: must be writable, got " + cause.getMessage(), cause);
  }

  /** Whether the reader closed the pipe, as {@code head} does. */
  boolean isReaderGone() {
    String message = String.valueOf(getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("pipe") || message.contains("connection reset");
  }
}
