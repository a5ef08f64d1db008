package dev.rapt.train.task;

import dev.rapt.train.example.Example;
import java.util.List;

/**
 * Finds the column of a role: the one that the user names, else the first that is there among names
 * that data sets commonly use.
 */
public final class Columns {
  /** Usual names of columns of single texts. */
  public static final List<String> TEXT = List.of("text", "sentence", "content", "review");

  /** Usual names of columns of classes. */
  public static final List<String> LABEL =
      List.of("label", "labels", "class", "category", "sentiment");

  /** Usual names of columns of numbers to predict. */
  public static final List<String> SCORE = List.of("score", "label", "rating", "similarity_score");

  /** Usual names of columns of the first text of a pair. */
  public static final List<String> FIRST =
      List.of("first", "sentence1", "text1", "premise", "question1", "question", "query", "anchor");

  /** Usual names of columns of the second text of a pair. */
  public static final List<String> SECOND =
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

  /** Usual names of columns of queries. */
  public static final List<String> QUERY = List.of("query", "question", "sentence1", "anchor");

  /** Usual names of columns of passages to rank. */
  public static final List<String> PASSAGE =
      List.of("passage", "document", "text", "response", "answer", "sentence2", "positive");

  /** Usual names of columns of questions. */
  public static final List<String> QUESTION = List.of("question");

  /** Usual names of columns of texts that hold an answer. */
  public static final List<String> CONTEXT = List.of("context", "passage", "text");

  /** Usual names of columns of answers with their positions. */
  public static final List<String> ANSWERS = List.of("answers");

  /** Usual names of columns of lists of words. */
  public static final List<String> WORDS = List.of("tokens", "words");

  /** Usual names of columns of lists of tags. */
  public static final List<String> TAGS = List.of("tags", "ner_tags", "labels", "pos_tags");

  private Columns() {}

  /**
   * Returns the column of a role.
   *
   * @param role name of the role
   * @param usual names that are tried if the user names none
   * @throws dev.rapt.train.example.ExampleException if the example has no such column
   */
  public static String of(TuningSpec spec, String role, List<String> usual, Example first) {
    return first.column(role, spec.columns(), usual);
  }

  /** Returns whether the user names the column of a role, or one of the usual names is there. */
  public static boolean has(TuningSpec spec, String role, List<String> usual, Example first) {
    return spec.columns().containsKey(role)
        || usual.stream().anyMatch(name -> first.fields().has(name));
  }
}
