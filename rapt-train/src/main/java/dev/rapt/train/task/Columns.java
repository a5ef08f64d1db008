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
      List.of("first", "sentence1", "text1", "premise", "question1", "question", "query", "anchor");
  static final List<String> SECOND =
      List.of(
          "second",
          "sentence2",
          "text2",
          "hypothesis",
          "question2",
          "passage",
          "answer",
          "positive",
          "sentence");
  static final List<String> QUERY = List.of("query", "question", "sentence1", "anchor");
  static final List<String> PASSAGE =
      List.of("passage", "document", "text", "response", "answer", "sentence2", "positive");
  static final List<String> QUESTION = List.of("question");
  static final List<String> CONTEXT = List.of("context", "passage", "text");
  static final List<String> ANSWERS = List.of("answers");
  static final List<String> WORDS = List.of("tokens", "words");
  static final List<String> TAGS = List.of("tags", "ner_tags", "labels", "pos_tags");

  private Columns() {}

  /**
   * Returns the column of a role.
   *
   * @param role name of the role
   * @param usual names that are tried if the user names none
   * @throws dev.rapt.train.example.ExampleException if the example has no such column
   */
  static String of(TuningSpec spec, String role, List<String> usual, Example first) {
    List<String> names = names(spec, role, usual);
    return names.stream()
        .filter(name -> first.fields().has(name))
        .findFirst()
        .orElseThrow(() ->
            first.error(
                "must have a column for the %s, named %s, got the columns %s; name it with --columns %s=NAME"
                    .formatted(
                        role, String.join(" or ", names), first.fields().propertyNames(), role)));
  }

  /** Returns whether the user names the column of a role, or one of the usual names is there. */
  static boolean has(TuningSpec spec, String role, List<String> usual, Example first) {
    return spec.columns().containsKey(role)
        || usual.stream().anyMatch(name -> first.fields().has(name));
  }

  private static List<String> names(TuningSpec spec, String role, List<String> usual) {
    String named = spec.columns().get(role);
    return named == null ? usual : List.of(named);
  }
}
