package dev.rapt.text;

/**
 * How answers are looked for in a text. The defaults are those of the question-answering pipeline
 * of Hugging Face transformers 4.
 *
 * @param numAnswers most answers to return, at least 1
 * @param maxAnswerTokens most tokens of an answer before it is widened to whole words, at least 1
 * @param mayBeAbsent whether "no answer" competes with the answers, for models trained on
 *     unanswerable questions
 * @param maxWindowTokens most tokens of a window, question and special tokens included; at most the
 *     model's context
 * @param overlap tokens that neighbouring windows of a long text share; at most half of a window
 */
public record AnswerOptions(
    int numAnswers, int maxAnswerTokens, boolean mayBeAbsent, int maxWindowTokens, int overlap) {
  /** The best answer, of at most 15 tokens, in windows of at most 384 tokens. */
  public static final AnswerOptions DEFAULT =
      new AnswerOptions(1, 15, false, 384, WindowedTexts.DEFAULT_OVERLAP);

  /** Checks the ranges. */
  public AnswerOptions {
    requireAtLeast("answers", 1, numAnswers);
    requireAtLeast("answer length", 1, maxAnswerTokens);
    requireAtLeast("window", 1, maxWindowTokens);
    requireAtLeast("overlap", 0, overlap);
  }

  private static void requireAtLeast(String name, int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s: must be at least %d, got %d".formatted(name, least, value));
    }
  }

  /** Returns a copy with this number of answers. */
  public AnswerOptions withNumAnswers(int number) {
    return new AnswerOptions(number, maxAnswerTokens, mayBeAbsent, maxWindowTokens, overlap);
  }

  /** Returns a copy with this many tokens in an answer at most. */
  public AnswerOptions withMaxAnswerTokens(int tokens) {
    return new AnswerOptions(numAnswers, tokens, mayBeAbsent, maxWindowTokens, overlap);
  }

  /** Returns a copy in which "no answer" competes with the answers, or does not. */
  public AnswerOptions withAbsence(boolean possible) {
    return new AnswerOptions(numAnswers, maxAnswerTokens, possible, maxWindowTokens, overlap);
  }

  /** Returns a copy with windows of at most this many tokens. */
  public AnswerOptions withMaxWindowTokens(int tokens) {
    return new AnswerOptions(numAnswers, maxAnswerTokens, mayBeAbsent, tokens, overlap);
  }

  /** Returns a copy with this overlap of the windows. */
  public AnswerOptions withOverlap(int tokens) {
    return new AnswerOptions(numAnswers, maxAnswerTokens, mayBeAbsent, maxWindowTokens, tokens);
  }
}
