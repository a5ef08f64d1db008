package dev.rapt.train;

/** A run that cannot go on. The message says at which step, why, and what is left of it. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A run that cannot go on for this reason. */
  public TrainingException(String message) {
    super(message);
  }
}
