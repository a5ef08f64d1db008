package dev.rapt.generate.search;

import java.util.Arrays;
import java.util.List;

/** One continuation of one prompt. */
public final class GeneratedSequence {
  /** The ids of prompt and continuation, and why they end. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Tokens(int[] ids, int promptLength, FinishReason finishReason) {}

  /** What the search recorded: the score of a beam, and values for each new token. */
  record Scores(double score, List<TokenScore> tokenScores, List<float[]> stepLogits) {
    Scores {
      tokenScores = List.copyOf(tokenScores);
      stepLogits = List.copyOf(stepLogits);
    }
  }

  private final int promptIndex;
  private final Tokens tokens;
  private final String text;
  private final Scores scores;

  GeneratedSequence(int promptIndex, Tokens tokens, String text, Scores scores) {
    this.promptIndex = promptIndex;
    this.tokens = tokens;
    this.text = text;
    this.scores = scores;
  }

  /** Index of the prompt that it continues. */
  public int promptIndex() {
    return promptIndex;
  }

  /** Prompt and continuation, up to and including the end token. */
  public int[] ids() {
    return tokens.ids.clone();
  }

  /** Number of ids of the prompt, including any padding it was passed with. */
  public int promptLength() {
    return tokens.promptLength;
  }

  /** The continuation alone, up to and including the end token. */
  public int[] newIds() {
    return Arrays.copyOfRange(tokens.ids, tokens.promptLength, tokens.ids.length);
  }

  /** Why it ended. */
  public FinishReason finishReason() {
    return tokens.finishReason;
  }

  /**
   * In beam search the sum of log-probabilities divided by length^lengthPenalty; NaN in the other
   * searches.
   */
  public double score() {
    return scores.score;
  }

  /** The continuation as text, up to a stop string; empty if the generator has no detokenizer. */
  public String text() {
    return text;
  }

  /** One for each new token if the options request log-probabilities; otherwise empty. */
  public List<TokenScore> tokenScores() {
    return scores.tokenScores;
  }

  /** Unprocessed logits (V) of each step if the options request them; otherwise empty. */
  public List<float[]> stepLogits() {
    return scores.stepLogits;
  }
}
