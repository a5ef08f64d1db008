package dev.rapt.hub;

import java.time.Duration;

/**
 * How often and after which pause a request is repeated. Pauses double, and are as long as the
 * server asks if it does.
 *
 * @param attempts requests in all
 * @param first pause after the first failure
 */
record Backoff(int attempts, Duration first) {
  static final Backoff USUAL = new Backoff(6, Duration.ofSeconds(1));

  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** Whether another attempt follows this one; the first has number 0. */
  boolean continuesAfter(int attempt) {
    return attempt + 1 < attempts;
  }

  /**
   * Waits.
   *
   * @param asked what the server asks for; zero if it does not
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
