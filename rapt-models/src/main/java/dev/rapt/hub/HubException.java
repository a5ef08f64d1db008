package dev.rapt.hub;

import org.jspecify.annotations.Nullable;

/** A download that failed, in one sentence for the user, with the next step. */
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure of which nobody else told. */
  public HubException(String message) {
    super(message);
  }

  /** A failure with what lies behind it. */
  public HubException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
