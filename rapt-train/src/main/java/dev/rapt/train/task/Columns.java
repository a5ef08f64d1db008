package dev.rapt.train.task;

import dev.rapt.train.example.Example;
import java.util.List;

/**
 * Finds the column of a role: the one that the user names, else the first that is there among names
 * that data sets commonly use.
 */
final class Columns {
  static final List<String> TEXT = List.of("text", "sentence", "content", "review");
  static final List<String> LABEL = List.of("label", "labels", "class", "category", "sentiment");
  static final List<String> SCORE = List.of("score", "label", "rating", "similarity_score");
  static final List<String> FIRST =
      List.of("sentence1", "text1", "premise", "question1", "question", "query", "anchor");
  static final List<String> SECOND =
      List.of(
          "sentence2",
          "text2",
          "hypothesis",
          "question2",
          "passage",
          "answer",
          "positive",
          "sentence");

  private Columns() {}

  /**
   * Returns the column of a role.
   *
   * @param role name of the role
   * @param usual names that are tried if the user names none
   * @throws dev.rapt.train.example.ExampleException if the example has no such column
   */
  static String of(TuningSpec spec, String role, List<String> usual, Example first) {
    String named = spec.columns().get(role);
    List<String> names = named == null ? usual : List.of(named);
    for (String name : names) {
      if (first.fields().has(name)) {
        return name;
      }
    }
    throw first.error(
        "must have a column for the %s, named %s, got the columns %s; name it with --columns %s=NAME"
            .formatted(role, String.join(" or ", names), first.fields().propertyNames(), role));
  }
}
