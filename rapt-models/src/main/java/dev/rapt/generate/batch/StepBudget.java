package dev.rapt.generate.batch;

/**
 * How many tokens of prompts a step may read beside the sequences that are decoded, so that a long
 * prompt slows them down by a bounded factor. Chunked prefill, arXiv:2403.02310, section 4.
 */
final class StepBudget {
  /** Greatest factor by which the time of a step may grow through a chunk of a prompt. */
  private static final double SLOWDOWN = 2;

  private static final int LEAST_CHUNK = 8;
  private static final int FIRST_CHUNK = 16;
  private static final double SMOOTHING = 0.2;

  private final int tokensPerStep;
  private double decodeSeconds;
  private double secondsPerPromptToken;

  StepBudget(int tokensPerStep) {
    this.tokensPerStep = tokensPerStep;
  }

  /**
   * Returns the most prompt tokens of the next step.
   *
   * @param decoding sequences that are decoded in it
   */
  int promptTokens(int decoding) {
    if (decoding == 0) {
      return tokensPerStep;
    }
    int room = tokensPerStep - decoding;
    if (decodeSeconds == 0 || secondsPerPromptToken == 0) {
      return Math.min(room, FIRST_CHUNK);
    }
    double chunk = (SLOWDOWN - 1) * decodeSeconds / secondsPerPromptToken;
    return (int) Math.clamp(chunk, Math.min(room, LEAST_CHUNK), room);
  }

  /** Learns from a step. */
  void measured(int decoding, int promptTokens, double seconds) {
    if (promptTokens == 0) {
      decodeSeconds = smoothed(decodeSeconds, seconds);
    } else {
      double own = Math.max(0, seconds - (decoding == 0 ? 0 : decodeSeconds));
      secondsPerPromptToken = smoothed(secondsPerPromptToken, own / promptTokens);
    }
  }

  private static double smoothed(double before, double now) {
    return before == 0 ? now : before + SMOOTHING * (now - before);
  }
}
