package dev.rapt.generate.batch;

import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptionException;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Detokenizer;
import dev.rapt.generate.search.SearchRequest;
import dev.rapt.generate.search.SearchRow;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.model.CausalLm;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Completes many prompts at once with one model: sequences join and leave at each step, prompts are
 * read in chunks beside the sequences that are decoded, and common prefixes are read once.
 * Continuous batching: Orca, OSDI 2022, section 4.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(model, detokenizers, BatchOptions.defaults());
 *     Completion completion = batcher.submit(BatchRequest.of(prompt, options))) {
 *   for (Completion.Token token : completion) {
 *     System.out.print(token.text());
 *   }
 * }
 * }</pre>
 *
 * <p>A sequence gets the tokens that it gets alone, up to rounding: products over more rows may sum
 * in another order, and keys and values are held in the format of the options. Any thread may
 * submit; one thread of the batcher runs the model.
 */
public final class Batcher implements AutoCloseable {
  private final CausalLm model;
  private final Detokenizer.@Nullable Factory detokenizers;
  private final BatchOptions options;
  private final SequenceCaches caches;
  private final BatchLoop loop;
  private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();
  private final Thread thread;
  private volatile BatchMetrics metrics;
  private volatile boolean closed;

  /**
   * Starts a batcher.
   *
   * @param model must stay open as long as the batcher, and runs nothing else meanwhile
   * @param detokenizers make text of ids; null for ids alone, without stop strings
   * @throws IllegalArgumentException if the cache has no room for a page
   */
  public Batcher(CausalLm model, Detokenizer.@Nullable Factory detokenizers, BatchOptions options) {
    this.model = model;
    this.detokenizers = detokenizers;
    this.options = options;
    caches = new SequenceCaches(model, options);
    loop = new BatchLoop(model, options, caches);
    metrics = loop.metrics();
    thread = Thread.ofPlatform().name("rapt-batcher").daemon().start(this::run);
  }

  /**
   * Submits a request.
   *
   * @return its completion, which begins within a step if there is room
   * @throws IllegalArgumentException if the prompt is empty, too long for the context of the model
   *     or for the KV cache, or holds unknown ids, or if the options ask for beams, contrastive
   *     search or several sequences
   * @throws RejectedExecutionException if too many requests wait, or the batcher is closed
   */
  public Completion submit(BatchRequest request) {
    int[] prompt = request.prompt();
    check(request.options());
    Completion completion = new Completion();
    SearchRequest search =
        new SearchRequest(
            new CausalLmDecoding(model),
            detokenizers,
            request.processors(),
            request.constraint().orElse(null),
            Prompts.of(prompt),
            request.options(),
            (_, token, text) -> completion.accept(token, text),
            Speculation.NONE);
    search.check();
    model.requireText(prompt);
    if (prompt.length >= caches.mostPositions()) {
      throw new IllegalArgumentException(
          "prompt: must have fewer tokens than the KV cache has room for, %d, got %d; shorten it or use a larger cache"
              .formatted(caches.mostPositions(), prompt.length));
    }
    long deadline =
        request.timeout().map(t -> System.nanoTime() + t.toNanos()).orElse(Long.MAX_VALUE);
    SearchRow row = new SearchRow(search, 0, 0, 0);
    if (row.ended()) {
      completion.finish(row.result());
      return completion;
    }
    if (open.get() >= options.maxWaiting() + options.maxSequences()) {
      throw new RejectedExecutionException(
          "batcher: at most %d requests may wait; try again later".formatted(options.maxWaiting()));
    }
    open.incrementAndGet();
    completion.future().whenComplete((_, _) -> open.decrementAndGet());
    RunningSequence sequence =
        new RunningSequence(request, completion, row, numbers.incrementAndGet(), deadline);
    inbox.add(() -> loop.submit(sequence));
    if (closed) {
      completion.fail(new CancellationException("batcher: closed"));
      throw new RejectedExecutionException("batcher: must be open, got a closed one");
    }
    return completion;
  }

  private static void check(GenerationOptions options) {
    if (options.beams().numBeams() > 1) {
      throw new GenerationOptionException(
          "numBeams", "must be 1 in a batcher, got " + options.beams().numBeams());
    }
    if (options.sampling().isContrastive()) {
      throw new GenerationOptionException(
          "penaltyAlpha", "must be 0 in a batcher, which has no contrastive search");
    }
    if (options.numReturnSequences() > 1) {
      throw new GenerationOptionException(
          "numReturnSequences",
          "must be 1 in a batcher, got %d; submit a request for each"
              .formatted(options.numReturnSequences()));
    }
  }

  /** What the batcher was doing after its last step, and has done. */
  public BatchMetrics metrics() {
    return metrics;
  }

  /**
   * Writes the keys and values of a sequence to a file, as far as they are held: those of a
   * finished completion are, unless the cache was full.
   *
   * @param tokens of the sequence from its beginning
   * @return number of tokens whose keys and values were written; 0 writes no file
   * @throws dev.rapt.checkpoint.CheckpointException if the file cannot be written
   */
  public int save(int[] tokens, Path file) {
    int[] own = tokens.clone();
    return onThread(() -> caches.save(own, file));
  }

  /**
   * Reads keys and values that {@link #save} wrote, also in another process. Prompts that begin
   * with their tokens are read from there on.
   *
   * @return the tokens
   * @throws dev.rapt.checkpoint.CheckpointException if the file is damaged or of another model
   * @throws IllegalArgumentException if they do not fit into the cache, or if the model has states
   *     that sequences cannot share
   */
  public int[] restore(Path file) {
    return onThread(() -> caches.restore(file));
  }

  /** Runs a task between two steps. */
  private <T> T onThread(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    inbox.add(() -> {
      try {
        result.complete(task.get());
      } catch (RuntimeException e) {
        result.completeExceptionally(e);
      }
    });
    if (closed) {
      result.completeExceptionally(new IllegalStateException("batcher: must be open"));
    }
    return Waits.forResult(result);
  }

  private void run() {
    RuntimeException end = new CancellationException("batcher: closed");
    try {
      while (!closed) {
        if (loop.isIdle()) {
          inbox.take().run();
        }
        drain();
        if (!closed) {
          loop.step();
          metrics = loop.metrics();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      end = new IllegalStateException("batcher: stopped by a failure", e);
    } finally {
      closed = true;
      drain();
      loop.close(end);
      metrics = loop.metrics();
    }
  }

  private void drain() {
    for (Runnable task = inbox.poll(); task != null; task = inbox.poll()) {
      task.run();
    }
  }

  /** Cancels all completions and waits for the current step to end. */
  @Override
  public void close() {
    closed = true;
    inbox.add(() -> {});
    Waits.forEnd(thread);
  }
}
