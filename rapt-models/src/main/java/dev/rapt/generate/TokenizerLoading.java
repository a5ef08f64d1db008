package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.tokenizer.Tokenizer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * A tokenizer that is read on a thread of its own while a model is loaded: a large tokenizer.json
 * takes longer than weights that are mapped.
 */
public final class TokenizerLoading {
  private final FutureTask<Tokenizer> task;

  private TokenizerLoading(FutureTask<Tokenizer> task) {
    this.task = task;
  }

  /** Begins to load. */
  public static TokenizerLoading start(Supplier<Tokenizer> loading) {
    FutureTask<Tokenizer> task = new FutureTask<>(loading::get);
    Thread.ofPlatform().daemon().name("rapt-tokenizer").start(task);
    return new TokenizerLoading(task);
  }

  /** Waits until the tokenizer is there; throws what loading it threw. */
  public Tokenizer get() {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("tokenizer: was interrupted while loading", e);
    }
  }

  /** Waits for the tokenizer that belongs to a model; closes the model if it cannot be loaded. */
  public Tokenizer getFor(CausalLm model) {
    try {
      return get();
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }
}
