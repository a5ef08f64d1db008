package dev.rapt.cli.output;

/** A failure of a command; its message is shown to the user. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure with a message for the user. */
  public CommandException(String message) {
    super(message);
  }

  /** A failure with a message for the user, and its cause. */
  public CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
