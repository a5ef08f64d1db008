package dev.rapt.cli.text;

import dev.rapt.machine.EnergyMeter;

/** Takes the times of one generation, loading, first token, all tokens, and its energy. */
public final class GenerationClock {
  private final long loadNanos;
  private long start;
  private double startJoules;
  private long first;

  /** A clock for a model whose loading took this long. */
  public GenerationClock(long loadNanos) {
    this.loadNanos = loadNanos;
  }

  /** Starts the time of the generation. */
  public void start() {
    startJoules = EnergyMeter.ofMachine().joules();
    start = System.nanoTime();
  }

  /** Records a token; returns whether it is the first. */
  public boolean token() {
    boolean isFirst = first == 0;
    first = isFirst ? System.nanoTime() : first;
    return isFirst;
  }

  /** The times until now, with the guesses of the generation. */
  public GenerationStats stats(int promptTokens, int tokens, DraftStats drafts) {
    long end = System.nanoTime();
    return new GenerationStats(
        loadNanos * 1e-9,
        promptTokens,
        ((first == 0 ? end : first) - start) * 1e-9,
        tokens,
        (end - start) * 1e-9,
        EnergyMeter.ofMachine().joules() - startJoules,
        drafts);
  }
}
