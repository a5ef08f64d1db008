package dev.rapt.generate.options;

/** When beam search of a prompt ends, once it has as many finished sequences as beams. */
public enum EarlyStopping {
  /** When no running beam beats the worst finished one at its current length ({@code false}). */
  HEURISTIC,
  /** At once ({@code true}). */
  WHEN_FULL,
  /** When no running beam can beat it at any allowed length ({@code "never"}). */
  NEVER
}
