package dev.rapt.generate;

/** When beam search ends, once a prompt has as many finished sequences as beams. */
public enum EarlyStopping {
  /** When no running beam can beat the worst finished one at its present length ({@code false}). */
  HEURISTIC,
  /** At once ({@code true}). */
  WHEN_FULL,
  /** When no running beam can beat it at any length that is allowed ({@code "never"}). */
  NEVER
}
