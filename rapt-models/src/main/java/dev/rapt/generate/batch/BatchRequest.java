package dev.rapt.generate.batch;

import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What to complete, and how; every request has its own.
 *
 * @param prompt token ids, at least one
 * @param options of greedy search or sampling, for one sequence
 * @param processors of the caller, applied before temperature and truncation, on a thread of the
 *     batcher
 * @param constraint what the text must match; empty for anything
 * @param priority requests with a higher one start first
 * @param caller requests of different callers start in turn
 * @param timeout time from submission after which the completion ends as it is; empty for none
 */
@SuppressWarnings("ArrayRecordComponent") // copied where it enters and leaves, never compared
public record BatchRequest(
    int[] prompt,
    GenerationOptions options,
    List<LogitsProcessor> processors,
    Optional<TokenConstraint> constraint,
    int priority,
    String caller,
    Optional<Duration> timeout) {
  /** Copies the prompt and the list. */
  public BatchRequest {
    prompt = prompt.clone();
    processors = List.copyOf(processors);
    Objects.requireNonNull(caller, "caller");
  }

  /** A request without processors, of priority 0, of a caller without name, without timeout. */
  public static BatchRequest of(int[] prompt, GenerationOptions options) {
    return new BatchRequest(prompt, options, List.of(), Optional.empty(), 0, "", Optional.empty());
  }

  @Override
  public int[] prompt() {
    return prompt.clone();
  }

  /** Returns a copy with these processors. */
  public BatchRequest withProcessors(List<LogitsProcessor> more) {
    return new BatchRequest(prompt, options, more, constraint, priority, caller, timeout);
  }

  /** Returns a copy whose text must match this constraint. */
  public BatchRequest withConstraint(TokenConstraint onTokens) {
    return new BatchRequest(
        prompt, options, processors, Optional.of(onTokens), priority, caller, timeout);
  }

  /** Returns a copy with this priority. */
  public BatchRequest withPriority(int higherFirst) {
    return new BatchRequest(prompt, options, processors, constraint, higherFirst, caller, timeout);
  }

  /** Returns a copy of this caller. */
  public BatchRequest withCaller(String name) {
    return new BatchRequest(prompt, options, processors, constraint, priority, name, timeout);
  }

  /** Returns a copy with this timeout. */
  public BatchRequest withTimeout(Duration fromSubmission) {
    return new BatchRequest(
        prompt, options, processors, constraint, priority, caller, Optional.of(fromSubmission));
  }
}
