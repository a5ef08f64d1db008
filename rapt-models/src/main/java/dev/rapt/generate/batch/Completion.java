package dev.rapt.generate.batch;

import dev.rapt.generate.search.GeneratedSequence;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A completion that a {@link Batcher} is working on or has finished. Its methods may be called from
 * any thread; blocking ones suit virtual threads. The tokens can be read once, by {@link #tokens},
 * {@link #iterator} or {@link #publisher}.
 */
public final class Completion implements Iterable<Completion.Token>, AutoCloseable {
  /**
   * A new token.
   *
   * @param id in the vocabulary
   * @param text new text that is certain: empty while a character or a possible stop string is
   *     incomplete
   */
  public record Token(int id, String text) {}

  /** What the batcher hands over: a token, or the end if both are null. */
  private record Event(@Nullable Token token, @Nullable RuntimeException failure) {
    static final Event END = new Event(null, null);
  }

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<GeneratedSequence> future = new CompletableFuture<>();
  private volatile boolean cancelled;

  Completion() {}

  /** Hands over a token; returns whether more are wanted. */
  boolean accept(int id, String text) {
    events.add(new Event(new Token(id, text), null));
    return !cancelled;
  }

  void finish(GeneratedSequence sequence) {
    future.complete(sequence);
    events.add(Event.END);
  }

  void fail(RuntimeException failure) {
    future.completeExceptionally(failure);
    events.add(new Event(null, failure));
  }

  boolean isCancelled() {
    return cancelled;
  }

  /**
   * Waits for the end.
   *
   * @return the sequence; cancelled ones as far as they came
   * @throws RuntimeException that a processor of the request threw
   * @throws CancellationException if the batcher was closed before it began
   */
  public GeneratedSequence result() {
    return Waits.forResult(future);
  }

  /** A future of {@link #result}; cancelling it does not cancel the completion. */
  public CompletableFuture<GeneratedSequence> future() {
    return future.copy();
  }

  /** Whether it has ended. */
  public boolean isDone() {
    return future.isDone();
  }

  /** Ends the completion within one step of the batcher. */
  public void cancel() {
    cancelled = true;
  }

  /** Cancels the completion unless it has ended. */
  @Override
  public void close() {
    cancel();
  }

  /** The tokens as they come; waits for each. */
  @Override
  public Iterator<Token> iterator() {
    return new Iterator<>() {
      private @Nullable Event next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          next = take();
        }
        if (next.failure() != null) {
          throw next.failure();
        }
        return next.token() != null;
      }

      @Override
      public Token next() {
        Token token = hasNext() && next != null ? next.token() : null;
        if (token == null) {
          throw new NoSuchElementException("completion: no tokens are left; call hasNext first");
        }
        next = null;
        return token;
      }
    };
  }

  private Event take() {
    try {
      return events.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
      CancellationException stopped = new CancellationException("completion: interrupted");
      stopped.initCause(e);
      throw stopped;
    }
  }

  /**
   * The tokens for one subscriber, on a virtual thread, as many as it requests. Cancelling the
   * subscription cancels the completion.
   */
  public Flow.Publisher<Token> publisher() {
    return subscriber -> new TokenSubscription(this, subscriber).start();
  }
}
