package dev.rapt.generate.batch;

import dev.rapt.kernel.PageFormat;
import dev.rapt.machine.MachineMemory;

/**
 * Limits of a {@link Batcher}.
 *
 * @param maxSequences most sequences that run at once
 * @param maxWaiting most requests that wait; further ones are rejected
 * @param tokensPerStep most tokens of a step, prompts and new tokens together
 * @param cacheBytes most bytes of keys and values, those of finished sequences included
 * @param cacheFormat how keys and values are held
 * @param pageSize positions of a page of the KV cache
 * @param sharesPrefixes whether sequences share the keys and values of a common prefix, also with
 *     those that have finished
 */
public record BatchOptions(
    int maxSequences,
    int maxWaiting,
    int tokensPerStep,
    long cacheBytes,
    PageFormat cacheFormat,
    int pageSize,
    boolean sharesPrefixes) {
  /** Share of the machine's memory that the KV cache may take by default. */
  private static final int SHARE_OF_MEMORY = 8;

  /** Checks the values. */
  public BatchOptions {
    requireAtLeast("maxSequences", 1, maxSequences);
    requireAtLeast("maxWaiting", 1, maxWaiting);
    requireAtLeast("tokensPerStep", maxSequences, tokensPerStep);
    requireAtLeast("cacheBytes", 1, cacheBytes);
    requireAtLeast("pageSize", 1, pageSize);
  }

  private static void requireAtLeast(String name, long least, long value) {
    if (value < least) {
      throw new IllegalArgumentException(
          "batch options: %s must be at least %d, got %d".formatted(name, least, value));
    }
  }

  /**
   * 16 sequences at once, 1,024 waiting, 512 tokens for each step, keys and values in bf16 in pages
   * of 32 positions and in an eighth of the machine's memory, prefixes shared.
   */
  public static BatchOptions defaults() {
    long bytes = Math.max(1, MachineMemory.bytes() / SHARE_OF_MEMORY);
    return new BatchOptions(16, 1024, 512, bytes, PageFormat.BF16, 32, true);
  }

  /** Returns a copy with this many sequences at once, and at least as many tokens per step. */
  public BatchOptions withMaxSequences(int count) {
    return new BatchOptions(
        count,
        maxWaiting,
        Math.max(count, tokensPerStep),
        cacheBytes,
        cacheFormat,
        pageSize,
        sharesPrefixes);
  }

  /** Returns a copy with this many waiting requests at most. */
  public BatchOptions withMaxWaiting(int count) {
    return new BatchOptions(
        maxSequences, count, tokensPerStep, cacheBytes, cacheFormat, pageSize, sharesPrefixes);
  }

  /** Returns a copy with this many tokens per step at most. */
  public BatchOptions withTokensPerStep(int count) {
    return new BatchOptions(
        maxSequences, maxWaiting, count, cacheBytes, cacheFormat, pageSize, sharesPrefixes);
  }

  /** Returns a copy with this budget and format of the KV cache. */
  public BatchOptions withCache(long bytes, PageFormat format, int positionsOfPage) {
    return new BatchOptions(
        maxSequences, maxWaiting, tokensPerStep, bytes, format, positionsOfPage, sharesPrefixes);
  }

  /** Returns a copy that shares prefixes or not. */
  public BatchOptions withSharedPrefixes(boolean shared) {
    return new BatchOptions(
        maxSequences, maxWaiting, tokensPerStep, cacheBytes, cacheFormat, pageSize, shared);
  }
}
