package dev.rapt.generate.batch;

import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.SearchRow;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A request that waits or runs: its tokens, and while it runs its KV cache. */
final class RunningSequence {
  final BatchRequest request;
  final Completion completion;
  final SearchRow row;
  final long number;
  final long deadlineNanos;
  private @Nullable Scope scope;
  private @Nullable KvCache cache;

  /**
   * A request before it runs.
   *
   * @param number counts requests in the order of their submission
   * @param deadlineNanos on the clock of {@link System#nanoTime}; {@link Long#MAX_VALUE} for none
   */
  RunningSequence(
      BatchRequest request, Completion completion, SearchRow row, long number, long deadlineNanos) {
    this.request = request;
    this.completion = completion;
    this.row = row;
    this.number = number;
    this.deadlineNanos = deadlineNanos;
  }

  void start(Scope ownScope, KvCache ownCache) {
    scope = ownScope;
    cache = ownCache;
  }

  KvCache cache() {
    if (cache == null) {
      throw new IllegalStateException("sequence: must be running");
    }
    return cache;
  }

  /** Gives back all memory; the sequence may start again from its tokens. */
  void stop() {
    if (cache != null) {
      cache.releasePages();
      cache = null;
    }
    if (scope != null) {
      scope.close();
      scope = null;
    }
  }

  /** Tokens whose keys and values are not in the cache yet: 1 while it is decoded. */
  int pending() {
    return row.length() - cache().length();
  }

  /** Whether its prompt, or what it had before it was preempted, is not read yet. */
  boolean isPrefilling() {
    return pending() > 1;
  }

  /** The next tokens to run. */
  int[] next(int count) {
    int from = cache().length();
    return Arrays.copyOfRange(row.ids(), from, from + count);
  }

  /** The reason to end it before its next step, or null. */
  @Nullable FinishReason interruption(long nowNanos) {
    if (completion.isCancelled()) {
      return FinishReason.CANCELLED;
    }
    return deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0
        ? FinishReason.TIMEOUT
        : null;
  }
}
