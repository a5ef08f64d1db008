package dev.rapt.generate.batch;

import java.util.Iterator;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;

/** Delivers the tokens of a completion to a subscriber as it requests them. */
final class TokenSubscription implements Flow.Subscription {
  private final Completion completion;
  private final Flow.Subscriber<? super Completion.Token> subscriber;
  private final Semaphore requested = new Semaphore(0);
  private volatile boolean invalid;
  private volatile boolean cancelled;

  TokenSubscription(Completion completion, Flow.Subscriber<? super Completion.Token> subscriber) {
    this.completion = completion;
    this.subscriber = subscriber;
  }

  void start() {
    Thread.ofVirtual().name("rapt-tokens").start(this::deliver);
  }

  private void deliver() {
    subscriber.onSubscribe(this);
    try {
      Iterator<Completion.Token> tokens = completion.iterator();
      while (tokens.hasNext()) {
        requested.acquire();
        if (invalid) {
          throw new IllegalArgumentException("subscription: must request at least 1 token");
        }
        if (cancelled) {
          return;
        }
        subscriber.onNext(tokens.next());
      }
      if (!cancelled) {
        subscriber.onComplete();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      completion.cancel();
    } catch (RuntimeException e) {
      completion.cancel();
      if (!cancelled) {
        subscriber.onError(e);
      }
    }
  }

  @Override
  public void request(long n) {
    invalid |= n <= 0;
    int room = Integer.MAX_VALUE / 2 - requested.availablePermits();
    requested.release((int) Math.clamp(n, 1, Math.max(1, room)));
  }

  @Override
  public void cancel() {
    cancelled = true;
    completion.cancel();
    requested.release();
  }
}
