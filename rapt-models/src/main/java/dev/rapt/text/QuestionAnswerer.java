package dev.rapt.text;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
  /**
   * A part of the text that may be the answer. It consists of whole words.
   *
   * @param text the answer; empty for "no answer"
   * @param start its first code point in the text
   * @param end one past its last code point
   * @param score product of the probabilities of its first and last tokens, summed over all spans
   *     that give the same answer
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
    return answer(question, text, AnswerOptions.DEFAULT.withNumAnswers(numAnswers));
  }

  /**
   * Finds answers.
   *
   * @throws IllegalArgumentException if the question leaves no room for the text
   */
  public Answers answer(String question, String text, AnswerOptions options) {
    List<Encoding> windows = windows(question, text, options);
    List<List<AnswerSpans.Span>> found =
        new ArrayList<>(Collections.nCopies(windows.size(), List.of()));
    double[] noAnswer = {1};
    // the pipeline looks at more spans than it returns, since some give the same answer
    int numSpans = 2 * options.numAnswers() + 10;
    runBatches(
        windows,
        (ids, pass, rows) -> {
          QuestionAnswering.Scores scores = model().scores(ids, pass);
          for (int b = 0; b < rows.length; b++) {
            boolean[] inText = inText(windows.get(rows[b]));
            double[] starts =
                AnswerSpans.probabilities(Probabilities.row(scores.start(), b), inText);
            double[] ends = AnswerSpans.probabilities(Probabilities.row(scores.end(), b), inText);
            noAnswer[0] = Math.min(noAnswer[0], starts[0] * ends[0]);
            found.set(
                rows[b],
                AnswerSpans.best(starts, ends, inText, options.maxAnswerTokens(), numSpans));
          }
        });
    List<Answer> answers = answers(text, windows, found);
    if (options.mayBeAbsent()) {
      answers.add(new Answer("", 0, 0, noAnswer[0]));
    }
    answers.sort((a, b) -> Double.compare(b.score(), a.score()));
    int count = Math.min(options.numAnswers(), answers.size());
    return new Answers(List.copyOf(answers.subList(0, count)), noAnswer[0], windows.size());
  }

  private List<Encoding> windows(String question, String text, AnswerOptions options) {
    int max = Math.min(maxTokens(), options.maxWindowTokens());
    int asked = tokenizer().encodePair(question, "", EncodeOptions.DEFAULT).size();
    int room = max - asked;
    if (room < 1) {
      throw new IllegalArgumentException(
          "question: must leave room for the text, got %d of at most %d tokens; shorten it"
              .formatted(asked, max));
    }
    int half = Math.min(options.overlap(), max / 2);
    int overlap = half < room ? half : room / 2;
    return tokenizer()
        .encodeInWindows(
            question, text, new Truncation(max, Truncation.Strategy.ONLY_SECOND, overlap, false));
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

  /** Widens spans to whole words and adds up the scores of equal answers. */
  private static List<Answer> answers(
      String text, List<Encoding> windows, List<List<AnswerSpans.Span>> found) {
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
