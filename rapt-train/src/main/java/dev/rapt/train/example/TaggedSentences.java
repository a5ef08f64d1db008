package dev.rapt.train.example;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sentences with a tag on each word. JSON Lines have a list of words and a list of tags. Other
 * files are as the CoNLL shared tasks publish them: a word on each line, its columns separated by
 * white space, the tag in the last one; a blank line behind each sentence. Lines with {@code
 * -DOCSTART-} are skipped. Source: Tjong Kim Sang and De Meulder, Introduction to the CoNLL-2003
 * Shared Task, section 2.
 */
public final class TaggedSentences {
  private TaggedSentences() {}

  /**
   * A sentence.
   *
   * @param line number of its first line, counted from 1
   * @param words its words
   * @param tags tag of each word
   */
  public record Sentence(Path file, long line, List<String> words, List<String> tags) {
    /** Checks the lengths. */
    public Sentence {
      if (words.size() != tags.size() || words.isEmpty()) {
        throw new ExampleException(
            file,
            line,
            "must have a tag for each word, got %d words and %d tags"
                .formatted(words.size(), tags.size()));
      }
    }

    /** Returns an exception about this sentence. */
    public ExampleException error(String message) {
      return new ExampleException(file, line, message);
    }
  }

  /** Returns the tags of a model by number; none if its config.json does not name them. */
  public static List<String> numbered(ConfigReader model) {
    List<String> known = model.has("id2label") ? Labels.of(model).names() : List.of();
    return known.stream().allMatch(name -> name.matches("LABEL_\\d+")) ? List.of() : known;
  }

  /**
   * Returns the sentence of a line of JSON Lines.
   *
   * @param words column with the list of words
   * @param tags column with the list of tags, or of their numbers, as the CoNLL data sets of
   *     Hugging Face have them
   * @param numbered tags by number; empty if they are not known
   * @throws ExampleException if one is no list of text, they differ in length, or a number has no
   *     tag
   */
  public static Sentence of(Example example, String words, String tags, List<String> numbered) {
    return new Sentence(
        example.file(),
        example.line(),
        example.texts(words),
        example.isListOfIntegers(tags)
            ? example.integers(tags).stream().map(id -> tag(example, tags, id, numbered)).toList()
            : example.texts(tags));
  }

  private static String tag(Example example, String column, int id, List<String> numbered) {
    if (numbered.isEmpty()) {
      throw example.error(
          "\"%s\" must have the names of the tags, got numbers, and the model does not name its classes; put the names in place of the numbers, or fine-tune with --label-names O,B-PER,I-PER,..., in the order of the numbers"
              .formatted(column));
    }
    if (id < 0 || id >= numbered.size()) {
      throw example.error(
          "\"%s\" must have numbers from 0 to %d, as there are %d label names (%s), got %d; all names must be listed"
              .formatted(
                  column, numbered.size() - 1, numbered.size(), String.join(",", numbered), id));
    }
    return numbered.get(id);
  }

  /**
   * Reads a file of the CoNLL shared tasks.
   *
   * @throws IOException if it cannot be read
   * @throws ExampleException if a line has a word without a tag, or not as many columns as the one
   *     before it
   */
  public static List<Sentence> read(Path file) throws IOException {
    List<Sentence> sentences = new ArrayList<>();
    List<String> words = new ArrayList<>(), tags = new ArrayList<>();
    int columns = 0;
    try (ExampleLines lines = ExampleLines.open(file)) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        String[] cells = line.strip().split("\\s+", -1);
        if (line.isBlank() || cells[0].equals("-DOCSTART-")) {
          add(sentences, file, lines.number() - words.size(), words, tags);
          continue;
        }
        columns = columns == 0 ? cells.length : columns;
        if (cells.length < 2 || cells.length != columns) {
          throw new ExampleException(
              file,
              lines.number(),
              "must have %s, got %d columns"
                  .formatted(
                      columns < 2 ? "a word and a tag" : columns + " columns as the lines before",
                      cells.length));
        }
        words.add(cells[0]);
        tags.add(cells[columns - 1]);
      }
      add(sentences, file, lines.number() + 1 - words.size(), words, tags);
    }
    return sentences;
  }

  private static void add(
      List<Sentence> sentences, Path file, long line, List<String> words, List<String> tags) {
    if (!words.isEmpty()) {
      sentences.add(new Sentence(file, line, List.copyOf(words), List.copyOf(tags)));
      words.clear();
      tags.clear();
    }
  }
}
