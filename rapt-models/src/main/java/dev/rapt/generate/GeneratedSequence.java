package dev.rapt.generate;

import java.util.Arrays;
import java.util.List;

/** One continuation of one prompt. */
public final class GeneratedSequence {
  private final int promptIndex;
  private final int[] ids;
  private final int promptLength;
  private final FinishReason finishReason;
  private final double score;
  private final String text;
  private final List<TokenScore> tokenScores;
  private final List<float[]> stepLogits;

  GeneratedSequence(
      int promptIndex,
      int[] ids,
      int promptLength,
      FinishReason finishReason,
      double score,
      String text,
      List<TokenScore> tokenScores,
      List<float[]> stepLogits) {
    this.promptIndex = promptIndex;
    this.ids = ids;
    this.promptLength = promptLength;
    this.finishReason = finishReason;
    this.score = score;
    this.text = text;
    this.tokenScores = List.copyOf(tokenScores);
    this.stepLogits = List.copyOf(stepLogits);
  }

  /** Which of the prompts it continues. */
  public int promptIndex() {
    return promptIndex;
  }

  /** Prompt and continuation, up to and including the end token. */
  public int[] ids() {
    return ids.clone();
  }

  /** Ids of the prompt, with its padding if it was given with padding. */
  public int promptLength() {
    return promptLength;
  }

  /** The continuation alone, up to and including the end token. */
  public int[] newIds() {
    return Arrays.copyOfRange(ids, promptLength, ids.length);
  }

  /** Why it ended. */
  public FinishReason finishReason() {
    return finishReason;
  }

  /**
   * In beam search the sum of log-probabilities over length^lengthPenalty; NaN in greedy search and
   * sampling.
   */
  public double score() {
    return score;
  }

  /**
   * The continuation as text, up to a stop string; empty where the generator has no detokenizer.
   */
  public String text() {
    return text;
  }

  /** One for each new token if the options ask for log-probabilities, else none. */
  public List<TokenScore> tokenScores() {
    return tokenScores;
  }

  /** Logits (V) of each step before any processing if the options ask for them, else none. */
  public List<float[]> stepLogits() {
    return stepLogits;
  }
}
