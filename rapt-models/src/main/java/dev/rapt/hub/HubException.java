package dev.rapt.hub;

import org.jspecify.annotations.Nullable;

/** A download has failed; the message is written for the user and states the next step. */
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception without a cause. */
  public HubException(String message) {
    super(message);
  }

  /** Creates an exception with a cause. */
  public HubException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
