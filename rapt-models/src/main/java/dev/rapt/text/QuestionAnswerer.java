package dev.rapt.text;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the answer to a question in a text. Long texts are read in windows that overlap.
 *
 * <pre>{@code
 * try (QuestionAnswerer model = QuestionAnswerer.load(folder)) {
 *   model.answer("Who wrote it?", article).best();
 * }
 * }</pre>
 */
public final class QuestionAnswerer extends BatchedReader<QuestionAnswering> {
  /** Most tokens of an answer. */
  private static final int MAX_ANSWER_TOKENS = 30;

  /**
   * A part of the text that may be the answer.
   *
   * @param start index of its first char in the text
   * @param end one past its last char
   * @param score product of the probabilities of its first and last tokens
   */
  public record Answer(String text, int start, int end, double score) {}

  /**
   * The answers found.
   *
   * @param answers most likely first; empty if the text is empty
   * @param noAnswer score that no window holds an answer, comparable with that of the best answer;
   *     meaningful only for models trained on unanswerable questions
   * @param numWindows number of windows in which the text was read
   */
  public record Answers(List<Answer> answers, double noAnswer, int numWindows) {}

  private QuestionAnswerer(QuestionAnswering model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder with its tokenizer. */
  public static QuestionAnswerer load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    return new QuestionAnswerer(QuestionAnswering.load(folder), tokenizer);
  }

  /**
   * Finds answers.
   *
   * @param numAnswers most answers to return
   * @throws IllegalArgumentException if the question leaves no room for the text
   */
  public Answers answer(String question, String text, int numAnswers) {
    return answer(question, text, numAnswers, WindowedTexts.DEFAULT_OVERLAP);
  }

  /**
   * Finds answers.
   *
   * @param numAnswers most answers to return
   * @param overlap tokens that neighbouring windows of a long text share; at most half of a window
   * @throws IllegalArgumentException if the question leaves no room for the text
   */
  public Answers answer(String question, String text, int numAnswers, int overlap) {
    List<Encoding> windows = windows(question, text, overlap);
    int questionTokens = tokenizer().encodeWithOffsets(question, EncodeOptions.PLAIN).size();
    List<Answer> found = new ArrayList<>();
    double[] noAnswer = {1};
    runBatches(
        windows,
        (ids, pass, rows) -> {
          QuestionAnswering.Scores scores = model().scores(ids, pass);
          for (int b = 0; b < rows.length; b++) {
            Encoding window = windows.get(rows[b]);
            boolean[] inText = inText(window, questionTokens);
            double[] starts =
                AnswerSpans.probabilities(Probabilities.row(scores.start(), b), inText);
            double[] ends = AnswerSpans.probabilities(Probabilities.row(scores.end(), b), inText);
            noAnswer[0] = Math.min(noAnswer[0], starts[0] * ends[0]);
            for (AnswerSpans.Span span :
                AnswerSpans.best(starts, ends, inText, MAX_ANSWER_TOKENS, numAnswers)) {
              found.add(answer(text, window, span));
            }
          }
        });
    return new Answers(distinct(found, numAnswers), noAnswer[0], windows.size());
  }

  private List<Encoding> windows(String question, String text, int requested) {
    int max = maxTokens();
    int asked = tokenizer().encodePair(question, "", EncodeOptions.DEFAULT).size();
    int room = max - asked;
    if (room < 1) {
      throw new IllegalArgumentException(
          "question: must leave room for the text, got %d of at most %d tokens; shorten it"
              .formatted(asked, max));
    }
    int overlap = Texts.overlap(room, requested);
    return tokenizer()
        .encodeInWindows(
            question, text, new Truncation(max, Truncation.Strategy.ONLY_SECOND, overlap, false));
  }

  /** Which tokens belong to the text: no special tokens, and none of the question. */
  private static boolean[] inText(Encoding window, int questionTokens) {
    int[] special = window.specialTokensMask();
    boolean[] inText = new boolean[window.size()];
    int own = 0;
    for (int t = 0; t < inText.length; t++) {
      inText[t] = special[t] == 0 && own++ >= questionTokens;
    }
    return inText;
  }

  private static Answer answer(String text, Encoding window, AnswerSpans.Span span) {
    int start = Texts.charIndex(text, window.start(span.first()));
    int end = Texts.charIndex(text, window.end(span.last()));
    return new Answer(text.substring(start, end), start, end, span.score());
  }

  /** The best answers, without those that two windows both found. */
  private static List<Answer> distinct(List<Answer> found, int numAnswers) {
    List<Answer> sorted = new ArrayList<>(found);
    sorted.sort((a, b) -> Double.compare(b.score(), a.score()));
    List<Answer> distinct = new ArrayList<>();
    for (Answer answer : sorted) {
      boolean isNew =
          distinct.stream()
              .noneMatch(other -> other.start() == answer.start() && other.end() == answer.end());
      if (isNew && distinct.size() < numAnswers) {
        distinct.add(answer);
      }
    }
    return distinct;
  }
}
