package dev.rapt.cli;

import java.io.IOException;
import java.util.Locale;

/** The standard output does not take what a command prints. */
final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputException(IOException cause) {
    super("standard output: must take what is printed, got " + cause.getMessage(), cause);
  }

  /** Whether the reader has gone, as {@code head} does when it has seen enough. */
  boolean isReaderGone() {
    String message = String.valueOf(getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("pipe") || message.contains("connection reset");
  }
}
