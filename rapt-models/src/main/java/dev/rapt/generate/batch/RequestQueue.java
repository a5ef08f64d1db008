package dev.rapt.generate.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs requests of many callers through one model in common batches, such as texts to embed or to
 * classify: the first request waits a few milliseconds for others, and what arrives while a batch
 * runs forms the next one. The model sorts a batch by length.
 *
 * <pre>{@code
 * try (TextEmbedder embedder = TextEmbedder.load(folder);
 *     RequestQueue<String, TextEmbedder.Embedded> queue =
 *         new RequestQueue<>(embedder::embed, RequestQueue.Limits.defaults())) {
 *   float[] vector = queue.run("What a film!").vector(); // from any thread
 * }
 * }</pre>
 *
 * @param <Q> a request
 * @param <R> its result
 */
public final class RequestQueue<Q, R> implements AutoCloseable {
  /**
   * Limits of a queue.
   *
   * @param window longest time that a request waits for others
   * @param maxBatch most requests of a batch
   * @param maxWaiting most requests that wait; further ones are rejected
   */
  public record Limits(Duration window, int maxBatch, int maxWaiting) {
    /** Checks the values. */
    public Limits {
      if (window.isNegative() || maxBatch < 1 || maxWaiting < 1) {
        throw new IllegalArgumentException(
            "request queue: window must not be negative, maxBatch and maxWaiting at least 1, got %s, %d and %d"
                .formatted(window, maxBatch, maxWaiting));
      }
    }

    /** 2 ms, batches of up to 64, up to 4,096 waiting. */
    public static Limits defaults() {
      return new Limits(Duration.ofMillis(2), 64, 4096);
    }
  }

  /** A request that waits. */
  private record Waiting<Q, R>(Q request, CompletableFuture<R> result) {}

  private final Function<List<Q>, List<R>> model;
  private final Limits limits;
  private final ArrayBlockingQueue<Waiting<Q, R>> queue;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Starts a queue.
   *
   * @param model gives a result for each request, in order; only the thread of the queue calls it
   */
  public RequestQueue(Function<List<Q>, List<R>> model, Limits limits) {
    this.model = model;
    this.limits = limits;
    queue = new ArrayBlockingQueue<>(limits.maxWaiting());
    thread = Thread.ofPlatform().name("rapt-requests").daemon().start(this::work);
  }

  /**
   * Submits a request. Cancelling the future withdraws it unless its batch has begun.
   *
   * @throws RejectedExecutionException if too many requests wait, or the queue is closed
   */
  public CompletableFuture<R> submit(Q request) {
    CompletableFuture<R> result = new CompletableFuture<>();
    if (closed || !queue.offer(new Waiting<>(request, result))) {
      throw new RejectedExecutionException(
          closed
              ? "request queue: must be open, got a closed one"
              : "request queue: at most %d requests may wait; try again later"
                  .formatted(limits.maxWaiting()));
    }
    if (closed) {
      result.completeExceptionally(new CancellationException("request queue: closed"));
    }
    return result;
  }

  /**
   * Runs a request and waits for its result.
   *
   * @throws RuntimeException that the model throws for this request
   * @throws RejectedExecutionException if too many requests wait, or the queue is closed
   */
  public R run(Q request) {
    return Waits.forResult(submit(request));
  }

  private void work() {
    try {
      while (!closed) {
        List<Waiting<Q, R>> batch = next();
        batch.removeIf(waiting -> waiting.result.isDone());
        if (!batch.isEmpty()) {
          run(batch);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
      List<Waiting<Q, R>> left = new ArrayList<>();
      queue.drainTo(left);
      left.forEach(waiting ->
          waiting.result.completeExceptionally(new CancellationException("request queue: closed")));
    }
  }

  /** Waits for a request, and then for others until the window or the batch is full. */
  private List<Waiting<Q, R>> next() throws InterruptedException {
    List<Waiting<Q, R>> batch = new ArrayList<>();
    batch.add(queue.take());
    long end = System.nanoTime() + limits.window().toNanos();
    queue.drainTo(batch, limits.maxBatch() - 1);
    while (batch.size() < limits.maxBatch()) {
      @Nullable Waiting<Q, R> more = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (more == null) {
        break;
      }
      batch.add(more);
      queue.drainTo(batch, limits.maxBatch() - batch.size());
    }
    return batch;
  }

  /** Runs a batch; where it fails, each request by itself, so that it fails alone. */
  private void run(List<Waiting<Q, R>> batch) {
    List<R> results;
    try {
      results = model.apply(batch.stream().map(Waiting::request).toList());
    } catch (RuntimeException | Error e) {
      if (batch.size() == 1) {
        batch.getFirst().result.completeExceptionally(e);
      } else {
        batch.forEach(waiting -> run(List.of(waiting)));
      }
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).result.complete(results.get(i));
    }
  }

  /** Ends after the batch that runs; requests that wait fail. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    Waits.forEnd(thread);
  }
}
