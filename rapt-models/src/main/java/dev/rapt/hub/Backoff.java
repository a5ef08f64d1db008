package dev.rapt.hub;

import java.time.Duration;

/**
 * Exponential backoff: how often and after which pause a request is retried. Pauses double, and are
 * at least as long as the server requests.
 *
 * @param attempts total number of attempts
 * @param first pause after the first failure; doubled after each further one
 */
record Backoff(int attempts, Duration first) {
  static final Backoff USUAL = new Backoff(6, Duration.ofSeconds(1));

  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** Returns whether another attempt follows this one; the first has number 0. */
  boolean continuesAfter(int attempt) {
    return attempt + 1 < attempts;
  }

  /**
   * Waits before the next attempt.
   *
   * @param asked pause that the server requests; zero for none
   * @throws HubException if the thread is interrupted
   */
  void pause(int attempt, Duration asked) {
    Duration own = first.multipliedBy(1L << Math.min(attempt, 10));
    Duration pause = own.compareTo(asked) > 0 ? own : asked;
    try {
      Thread.sleep(pause.compareTo(LONGEST) > 0 ? LONGEST : pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException("download: interrupted", e);
    }
  }
}
