package dev.rapt.train;

/** A run that cannot continue. The message names the step, the reason and the last checkpoint. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with this message. */
  public TrainingException(String message) {
    super(message);
  }
}
