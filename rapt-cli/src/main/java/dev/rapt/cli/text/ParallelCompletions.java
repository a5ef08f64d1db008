package dev.rapt.cli.text;

import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.output.Format;
import dev.rapt.generate.batch.BatchMetrics;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.batch.BatchRequest;
import dev.rapt.generate.batch.Batcher;
import dev.rapt.generate.batch.Completion;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.text.TextModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Continues prompts in a batcher and gives the results in the order of the prompts. */
public final class ParallelCompletions {
  /**
   * A prompt.
   *
   * @param name as errors call it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Prompt(String name, String text, int[] ids) {}

  /** Receives a result. */
  @FunctionalInterface
  public interface Receiver {
    /** Called for each prompt in order. */
    void accept(int index, GeneratedSequence result);
  }

  private final TextModel model;
  private final BatchOptions batch;
  private final GenerationOptions options;
  private final @Nullable TokenConstraint constraint;
  private final TextOrigin origin;
  private double seconds;

  /**
   * Completions by this model, with the same options for each prompt.
   *
   * @param constraint what each text must match; null for anything
   */
  public ParallelCompletions(
      TextModel model,
      BatchOptions batch,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      TextOrigin origin) {
    this.model = model;
    this.batch = batch;
    this.options = options;
    this.constraint = constraint;
    this.origin = origin;
  }

  /** Continues all prompts; returns what the batcher counted. */
  public BatchMetrics run(List<Prompt> prompts, Receiver receiver) {
    long start = System.nanoTime();
    BatchMetrics metrics;
    try (Batcher batcher = model.batcher(batch)) {
      Deque<Completion> open = new ArrayDeque<>();
      int submitted = 0;
      for (int i = 0; i < prompts.size(); i++) {
        while (submitted < prompts.size() && open.size() < batch.maxWaiting()) {
          Prompt next = prompts.get(submitted++);
          open.add(origin.check(next.name, "prompt", () -> batcher.submit(request(next))));
        }
        receiver.accept(i, open.remove().result());
      }
      metrics = batcher.metrics();
    }
    seconds = (System.nanoTime() - start) / 1e9;
    return metrics;
  }

  private BatchRequest request(Prompt prompt) {
    BatchRequest request = BatchRequest.of(prompt.ids, options);
    return constraint == null ? request : request.withConstraint(constraint);
  }

  /** One line on the speed of all prompts together. */
  public String summary(BatchMetrics metrics) {
    return Format.format(
        "%d new tokens in %.2f s, %s tok/s of all prompts; %d of %d prompt tokens were in the KV cache",
        metrics.newTokens(),
        seconds,
        Format.rate(metrics.newTokens() / seconds),
        metrics.cachedTokens(),
        metrics.promptTokens());
  }
}
