package dev.rapt.hub;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Read timeout: interrupts a thread that reads from a connection on which nothing arrives, since
 * streams of the JDK's HTTP client have no timeout. Reading then fails with an IOException.
 */
final class StallGuard implements AutoCloseable {
  private static final long LONGEST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long CHECK_SECONDS = 5;

  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("rapt-download-clock").daemon().factory());

  private final Thread reader = Thread.currentThread();
  private final ScheduledFuture<?> checks;
  private volatile long lastNanos = System.nanoTime();
  private boolean isClosed;

  private StallGuard() {
    checks = CLOCK.scheduleAtFixedRate(this::check, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  /** Starts a guard of the calling thread. */
  static StallGuard ofThisThread() {
    return new StallGuard();
  }

  /** Restarts the timeout, after bytes have arrived. */
  void alive() {
    lastNanos = System.nanoTime();
  }

  private synchronized void check() {
    if (!isClosed && System.nanoTime() - lastNanos > LONGEST_SILENCE_NANOS) {
      reader.interrupt();
    }
  }

  /** Stops the guard and clears an interruption that came too late. */
  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
    }
    checks.cancel(false);
    if (System.nanoTime() - lastNanos > LONGEST_SILENCE_NANOS) {
      Thread.interrupted();
    }
  }
}
