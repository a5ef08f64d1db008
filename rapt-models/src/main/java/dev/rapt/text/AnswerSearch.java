package dev.rapt.text;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.text.QuestionAnswerer.Answer;
import dev.rapt.text.QuestionAnswerer.Answers;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Looks for the answers to one question in the scores that a model gives to the windows of a text.
 */
public final class AnswerSearch {
  private final String text;
  private final List<Encoding> windows;
  private final AnswerOptions options;
  private final List<List<AnswerSpans.Span>> found;
  private double noAnswer = 1;

  /**
   * Begins a search.
   *
   * @param windows all windows of the text, from {@link #windows}
   */
  public AnswerSearch(String text, List<Encoding> windows, AnswerOptions options) {
    this.text = text;
    this.windows = windows;
    this.options = options;
    found = new ArrayList<>(Collections.nCopies(windows.size(), List.of()));
  }

  /**
   * Encodes a question with a text, in overlapping windows.
   *
   * @param maxTokens most tokens that the model reads
   * @throws IllegalArgumentException if the question leaves no room for the text
   */
  public static List<Encoding> windows(
      Tokenizer tokenizer, String question, String text, int maxTokens, AnswerOptions options) {
    int max = Math.min(maxTokens, options.maxWindowTokens());
    int asked = tokenizer.encodePair(question, "", EncodeOptions.DEFAULT).size();
    int room = max - asked;
    if (room < 1) {
      throw new IllegalArgumentException(
          "question: must leave room for the text, got %d of at most %d tokens; shorten it"
              .formatted(asked, max));
    }
    int half = Math.min(options.overlap(), max / 2);
    int overlap = half < room ? half : room / 2;
    return tokenizer.encodeInWindows(
        question, text, new Truncation(max, Truncation.Strategy.ONLY_SECOND, overlap, false));
  }

  /**
   * Adds the scores of a window.
   *
   * @param scores logits of a batch, in which padding may follow the window
   * @param row row of the window in the batch
   */
  public void add(int window, QuestionAnswering.Scores scores, int row) {
    boolean[] inText = inText(windows.get(window));
    double[] first = AnswerSpans.probabilities(Probabilities.row(scores.start(), row), inText);
    double[] last = AnswerSpans.probabilities(Probabilities.row(scores.end(), row), inText);
    noAnswer = Math.min(noAnswer, first[0] * last[0]);
    // the pipeline looks at more spans than it returns, since some give the same answer
    int numSpans = 2 * options.numAnswers() + 10;
    found.set(window, AnswerSpans.best(first, last, inText, options.maxAnswerTokens(), numSpans));
  }

  /** Which tokens belong to the text: no special tokens, and none of the question. */
  private static boolean[] inText(Encoding window) {
    int[] texts = window.sequenceIds();
    boolean[] inText = new boolean[texts.length];
    for (int t = 0; t < inText.length; t++) {
      inText[t] = texts[t] == 1;
    }
    return inText;
  }

  /** Returns what was found in the windows that were added. */
  public Answers answers() {
    List<Answer> answers = merged();
    if (options.mayBeAbsent()) {
      answers.add(new Answer("", 0, 0, noAnswer));
    }
    answers.sort((a, b) -> Double.compare(b.score(), a.score()));
    int count = Math.min(options.numAnswers(), answers.size());
    return new Answers(List.copyOf(answers.subList(0, count)), noAnswer, windows.size());
  }

  /** Widens spans to whole words and adds up the scores of equal answers. */
  private List<Answer> merged() {
    WordSpans words = new WordSpans(windows);
    Map<String, Answer> answers = new LinkedHashMap<>();
    for (int w = 0; w < windows.size(); w++) {
      for (AnswerSpans.Span span : found.get(w)) {
        WordSpans.Span part = words.around(windows.get(w), span.first(), span.last());
        String answer = Texts.part(text, part.start(), part.end());
        answers.merge(
            answer.toLowerCase(Locale.ROOT),
            new Answer(answer, part.start(), part.end(), span.score()),
            (old, same) ->
                new Answer(old.text(), old.start(), old.end(), old.score() + same.score()));
      }
    }
    return new ArrayList<>(answers.values());
  }
}
