package dev.rapt.eval.judge;

import dev.rapt.train.example.Example;
import java.util.List;
import java.util.Map;

/**
 * Two answers to one request.
 *
 * @param example the row that it comes from
 * @param request what was asked
 * @param first one answer
 * @param second the other answer
 */
public record AnswerPair(Example example, String request, String first, String second) {
  /** Roles of the columns of a table of pairs. */
  public static final List<String> ROLES = List.of("request", "first", "second");

  private static final List<String> REQUESTS =
      List.of("request", "prompt", "question", "instruction", "input", "query");
  private static final List<String> FIRSTS =
      List.of("first", "response_a", "answer_a", "output_1", "answer1", "chosen");
  private static final List<String> SECONDS =
      List.of("second", "response_b", "answer_b", "output_2", "answer2", "rejected");

  /**
   * Reads the pair of a row.
   *
   * @param columns names of the columns of the {@linkplain #ROLES roles}; without one, the first of
   *     the names that data sets commonly use
   * @throws dev.rapt.train.example.ExampleException if a text is missing
   */
  public static AnswerPair of(Example example, Map<String, String> columns) {
    return new AnswerPair(
        example,
        example.text(example.column("request", columns, REQUESTS)),
        example.text(example.column("first", columns, FIRSTS)),
        example.text(example.column("second", columns, SECONDS)));
  }
}
