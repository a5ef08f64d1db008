package dev.rapt.train.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Two files of text whose lines are translations of each other. */
public final class ParallelText {
  /** Column of the lines of the first file. */
  public static final String SOURCE = "source";

  /** Column of the lines of the second file. */
  public static final String TARGET = "target";

  private ParallelText() {}

  /**
   * Reads both files, which may be compressed by gzip. Pairs with an empty side are skipped.
   *
   * @throws IOException if a file cannot be read
   * @throws ExampleException if one has more lines than the other, or is not UTF-8
   */
  public static List<Example> read(Path source, Path target) throws IOException {
    List<Example> examples = new ArrayList<>();
    try (ExampleLines sources = ExampleLines.open(source);
        ExampleLines targets = ExampleLines.open(target)) {
      String first = sources.next();
      String second = targets.next();
      while (first != null && second != null) {
        if (!first.isBlank() && !second.isBlank()) {
          ObjectNode fields = JsonMapper.shared().createObjectNode();
          fields.put(SOURCE, first).put(TARGET, second);
          examples.add(new Example(source, sources.number(), fields));
        }
        first = sources.next();
        second = targets.next();
      }
      if (first != null || second != null) {
        Path longer = first != null ? source : target;
        long line = first != null ? sources.number() : targets.number();
        throw new ExampleException(
            longer,
            line,
            "must have as many lines as %s, got more; align the files"
                .formatted(first != null ? target : source));
      }
    }
    return examples;
  }
}
