package dev.rapt.train.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A question with the answers that are parts of a text.
 *
 * @param file the file it comes from
 * @param line number of the line, counted from 1; in SQuAD's format that of its article
 * @param id what errors call the question
 * @param context the text
 * @param answers the answers; none if the text has none
 */
public record AnsweredQuestion(
    Path file, long line, String id, String question, String context, List<Answer> answers) {
  /**
   * An answer.
   *
   * @param text the answer
   * @param start its first code point in the text
   */
  public record Answer(String text, int start) {
    /** Returns one past the last code point of the answer. */
    public int end() {
      return start + text.codePointCount(0, text.length());
    }
  }

  /** Checks that the answers are parts of the text. */
  public AnsweredQuestion {
    answers = List.copyOf(answers);
    if (question.isBlank() || context.isBlank()) {
      throw new ExampleException(
          file,
          line,
          "%s: question and context must not be blank, got \"%s\" and \"%s\""
              .formatted(id, brief(question), brief(context)));
    }
    int length = context.codePointCount(0, context.length());
    for (Answer answer : answers) {
      if (answer.start < 0 || answer.text.isEmpty() || answer.end() > length) {
        throw new ExampleException(
            file,
            line,
            "%s: the answer \"%s\" must lie in the context of %d characters, got answer_start %d"
                .formatted(id, brief(answer.text), length, answer.start));
      }
      int from = context.offsetByCodePoints(0, answer.start);
      if (!context.startsWith(answer.text, from)) {
        throw new ExampleException(
            file,
            line,
            "%s: the context must have the answer \"%s\" at character %d, got \"%s\""
                .formatted(
                    id,
                    brief(answer.text),
                    answer.start,
                    brief(context.substring(from, context.offsetByCodePoints(0, answer.end())))));
      }
    }
  }

  /**
   * Returns the question of a line of JSON Lines, whose answers are {@code {"text": [...],
   * "answer_start": [...]}} or a list of {@code {"text": ..., "answer_start": ...}}.
   *
   * @throws ExampleException if a value is missing or has another form, or an answer is no part of
   *     the text
   */
  public static AnsweredQuestion of(
      Example example, String question, String context, String answers) {
    String asked = example.text(question);
    String id = "question \"" + brief(asked) + "\"";
    return new AnsweredQuestion(
        example.file(),
        example.line(),
        id,
        asked,
        example.text(context),
        answers(example, id, example.fields().path(answers)));
  }

  /** Returns an exception about this question. */
  public ExampleException error(String message) {
    return new ExampleException(file, line, id + ": " + message);
  }

  /** Reads answers in either of the two forms. */
  static List<Answer> answers(Example example, String id, JsonNode node) {
    List<Answer> answers = new ArrayList<>();
    JsonNode texts = node.path("text");
    JsonNode starts = node.path("answer_start");
    if (node.isArray()) {
      node.forEach(
          each -> answers.add(answer(example, id, each.path("text"), each.path("answer_start"))));
    } else if (texts.isArray() && starts.isArray() && texts.size() == starts.size()) {
      for (int i = 0; i < texts.size(); i++) {
        answers.add(answer(example, id, texts.get(i), starts.get(i)));
      }
    } else {
      throw example.error(
          "%s: the answers must have a list \"text\" and a list \"answer_start\" of the same length, got %s"
              .formatted(id, brief(node.toString())));
    }
    return answers;
  }

  private static Answer answer(Example example, String id, JsonNode text, JsonNode start) {
    if (!text.isString() || !start.isInt()) {
      throw example.error(
          "%s: an answer must have a text and a whole number as answer_start, got %s and %s"
              .formatted(id, brief(text.toString()), brief(start.toString())));
    }
    return new Answer(text.asString(), start.asInt());
  }

  private static String brief(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
