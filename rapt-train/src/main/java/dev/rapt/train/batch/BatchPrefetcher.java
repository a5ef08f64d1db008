package dev.rapt.train.batch;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Prepares the batches of successive steps in a background thread, a few ahead of their use. It
 * must be closed before the dataset.
 *
 * @param <B> kind of batch
 */
public final class BatchPrefetcher<B extends Batch> implements AutoCloseable {
  private final BlockingQueue<Made<B>> queue;
  private final Thread thread;
  private @Nullable Throwable failure;

  private record Made<B>(@Nullable B batch, @Nullable Throwable failure) {}

  /**
   * Starts the thread.
   *
   * @param firstStep step of the first batch that {@link #next} returns
   * @param ahead batches kept ready, at least 1
   */
  public BatchPrefetcher(BatchSampler<B> sampler, long firstStep, int ahead) {
    if (firstStep < 0 || ahead < 1) {
      throw new IllegalArgumentException(
          "prefetch: the first step must be 0 or more and the batches ahead at least 1, got "
              + firstStep
              + " and "
              + ahead);
    }
    queue = new ArrayBlockingQueue<>(ahead);
    thread =
        Thread.ofPlatform().daemon().name("rapt-batches").unstarted(() -> make(sampler, firstStep));
    thread.start();
  }

  /**
   * The batch of the next step; waits until it is ready.
   *
   * @throws IllegalStateException if making a batch failed, with the cause
   * @throws OutOfMemoryError if there is no memory for the batches
   * @throws InterruptedException if the calling thread is interrupted
   */
  public B next() throws InterruptedException {
    if (failure == null) {
      Made<B> made = queue.take();
      if (made.batch() != null) {
        return made.batch();
      }
      failure = made.failure();
    }
    if (failure instanceof OutOfMemoryError e) {
      throw e;
    }
    throw new IllegalStateException("prefetch: no more batches, " + failure, failure);
  }

  private void make(BatchSampler<B> sampler, long firstStep) {
    try {
      for (long step = firstStep; ; step++) {
        Made<B> made;
        try {
          made = new Made<>(sampler.batch(step), null);
        } catch (RuntimeException | Error e) {
          queue.put(new Made<>(null, e));
          return;
        }
        queue.put(made);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the thread and waits until it no longer reads the dataset. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    failure = new IllegalStateException("it was closed");
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
