package dev.rapt.text;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
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

  /** Loads a Hugging Face folder, or an ONNX file, with its tokenizer. */
  public static QuestionAnswerer load(Path folder) {
    Tokenizer tokenizer = StoredModel.of(folder).tokenizer();
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
    List<Encoding> windows =
        AnswerSearch.windows(tokenizer(), question, text, maxTokens(), options);
    AnswerSearch search = new AnswerSearch(text, windows, options);
    runBatches(
        windows,
        (ids, pass, rows) -> {
          QuestionAnswering.Scores scores = model().scores(ids, pass);
          for (int b = 0; b < rows.length; b++) {
            search.add(rows[b], scores, b);
          }
        });
    return search.answers();
  }
}
