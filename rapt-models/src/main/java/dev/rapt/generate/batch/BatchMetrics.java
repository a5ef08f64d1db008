package dev.rapt.generate.batch;

/**
 * What a {@link Batcher} is doing and has done.
 *
 * @param running sequences that are prefilled or decoded
 * @param waiting requests that wait
 * @param steps passes of the model
 * @param promptTokens tokens of the prompts that were started, those found in the cache included
 * @param cachedTokens of these, tokens whose keys and values were found in the cache
 * @param newTokens generated tokens
 * @param preemptions sequences that gave back their memory and started again
 * @param cacheBytes bytes of keys and values in use
 * @param cacheBudget most bytes of keys and values
 */
public record BatchMetrics(
    int running,
    int waiting,
    long steps,
    long promptTokens,
    long cachedTokens,
    long newTokens,
    long preemptions,
    long cacheBytes,
    long cacheBudget) {
  /** Share of the prompt tokens that were found in the cache, 0 to 1. */
  public double hitRate() {
    return promptTokens == 0 ? 0 : (double) cachedTokens / promptTokens;
  }
}
