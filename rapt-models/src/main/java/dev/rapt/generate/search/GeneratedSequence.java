package dev.rapt.generate.search;

import dev.rapt.generate.speculate.DraftCounts;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
  private final @Nullable DraftCounts drafts;

  GeneratedSequence(int promptIndex, Tokens tokens, String text, Scores scores) {
    this(promptIndex, tokens, text, scores, null);
  }

  GeneratedSequence(
      int promptIndex, Tokens tokens, String text, Scores scores, @Nullable DraftCounts drafts) {
    this.promptIndex = promptIndex;
    this.tokens = tokens;
    this.text = text;
    this.scores = scores;
    this.drafts = drafts;
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

  /** How many tokens were guessed and accepted; empty without speculation. */
  public Optional<DraftCounts> drafts() {
    return Optional.ofNullable(drafts);
  }
}
