package dev.rapt.text;

import dev.rapt.model.CausalLm;
import dev.rapt.tokenizer.Tokenizer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Loads a tokenizer on its own thread while the model is loaded: parsing a large tokenizer.json
 * takes longer than mapping weights.
 */
final class TokenizerLoading {
  private final FutureTask<Tokenizer> task;

  private TokenizerLoading(FutureTask<Tokenizer> task) {
    this.task = task;
  }

  /** Starts loading. */
  static TokenizerLoading start(Supplier<Tokenizer> loading) {
    FutureTask<Tokenizer> task = new FutureTask<>(loading::get);
    Thread.ofPlatform().daemon().name("rapt-tokenizer").start(task);
    return new TokenizerLoading(task);
  }

  /** Waits for the tokenizer; rethrows the exception if loading failed. */
  private Tokenizer get() {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("tokenizer: loading must finish, got an interrupt", e);
    }
  }

  /** Waits for the tokenizer of a model; closes the model if loading failed. */
  Tokenizer getFor(CausalLm model) {
    try {
      return get();
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }
}
