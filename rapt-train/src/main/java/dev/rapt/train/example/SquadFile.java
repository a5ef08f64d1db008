package dev.rapt.train.example;

import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file of questions in the format of SQuAD 1.1 and 2.0 (arXiv:1606.05250, arXiv:1806.03822):
 * articles, their paragraphs, and the questions on each. Articles are read one after the other.
 */
public final class SquadFile {
  private SquadFile() {}

  /** Returns whether a JSON file may be of this format: it holds an object, not an array. */
  public static boolean isOne(Path file) throws IOException {
    return !JsonExamples.isArray(file);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws ExampleException if it is not of this format, or an answer is no part of its text
   */
  public static List<AnsweredQuestion> read(Path file) throws IOException {
    List<AnsweredQuestion> questions = new ArrayList<>();
    try (InputStream in = JsonExamples.stream(file);
        JsonParser parser = JsonExamples.MAPPER.createParser(in)) {
      requireToken(file, parser, parser.nextToken(), JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isData = parser.currentName().equals("data");
        JsonToken value = parser.nextToken();
        if (!isData) {
          parser.skipChildren();
          continue;
        }
        requireToken(file, parser, value, JsonToken.START_ARRAY);
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          long line = parser.currentTokenLocation().getLineNr();
          if (JsonExamples.MAPPER.readTree(parser) instanceof ObjectNode article) {
            addArticle(new Example(file, line, article), questions);
          }
        }
      }
    } catch (JacksonException e) {
      throw new ExampleException(
          file,
          e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
          "must be JSON, but " + JsonFiles.describe(e));
    }
    return questions;
  }

  private static void requireToken(Path file, JsonParser parser, JsonToken got, JsonToken wanted) {
    if (got != wanted) {
      throw new ExampleException(
          file,
          parser.currentTokenLocation().getLineNr(),
          "must be an object with a list \"data\" of articles, as SQuAD's files are");
    }
  }

  private static void addArticle(Example article, List<AnsweredQuestion> questions) {
    for (JsonNode paragraph : article.fields().path("paragraphs")) {
      String context = text(article, paragraph, "context");
      for (JsonNode asked : paragraph.path("qas")) {
        String id = "question " + asked.path("id").asString("without id");
        boolean isImpossible = asked.path("is_impossible").asBoolean(false);
        questions.add(
            new AnsweredQuestion(
                article.file(),
                article.line(),
                id,
                text(article, asked, "question"),
                context,
                isImpossible
                    ? List.of()
                    : AnsweredQuestion.answers(article, id, asked.path("answers"))));
      }
    }
  }

  private static String text(Example article, JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isString()) {
      throw article.error("each paragraph and question must have the text \"%s\"".formatted(key));
    }
    return value.asString();
  }
}
