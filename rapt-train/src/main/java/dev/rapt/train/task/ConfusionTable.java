package dev.rapt.train.task;

import dev.rapt.metrics.Confusion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** A confusion matrix as text and as numbers. */
public final class ConfusionTable {
  private static final int MOST_CLASSES = 12;

  private ConfusionTable() {}

  /** Returns precision, recall and F1 of each class, a line each. */
  public static List<String> scores(Confusion confusion) {
    return ScoreTable.of("class", lines(confusion));
  }

  private static List<ScoreTable.Line> lines(Confusion confusion) {
    return IntStream.range(0, confusion.labels().size())
        .mapToObj(k -> ScoreTable.Line.of(confusion.labels().get(k), confusion.score(k)))
        .toList();
  }

  /**
   * Returns the scores of the classes and the matrix by their names in JSON; rows are true classes,
   * columns predicted ones.
   */
  public static Map<String, Object> figures(Confusion confusion) {
    int n = confusion.labels().size();
    List<long[]> rows =
        IntStream.range(0, n)
            .mapToObj(r -> IntStream.range(0, n).mapToLong(k -> confusion.count(r, k)).toArray())
            .toList();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("classes", ScoreTable.figures("label", lines(confusion)));
    figures.put("confusion_matrix", rows);
    return figures;
  }

  /** Returns the matrix, a row for each true class and a column for each predicted one. */
  public static List<String> matrix(Confusion confusion) {
    int n = confusion.labels().size();
    if (n > MOST_CLASSES) {
      return List.of("confusion matrix: left out, since it has %d classes".formatted(n));
    }
    int width = nameWidth(confusion);
    int cell = Math.max(6, width);
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder(" ".repeat(width));
    for (int k = 0; k < n; k++) {
      head.append(String.format(Locale.ROOT, "  %" + cell + "s", name(confusion, k)));
    }
    lines.add("confusion matrix: rows are true classes, columns predicted ones");
    lines.add(head.toString());
    for (int r = 0; r < n; r++) {
      StringBuilder row =
          new StringBuilder(String.format(Locale.ROOT, "%-" + width + "s", name(confusion, r)));
      for (int k = 0; k < n; k++) {
        row.append(String.format(Locale.ROOT, "  %" + cell + "d", confusion.count(r, k)));
      }
      lines.add(row.toString());
    }
    return lines;
  }

  private static int nameWidth(Confusion confusion) {
    int width = "class".length();
    for (int k = 0; k < confusion.labels().size(); k++) {
      width = Math.max(width, name(confusion, k).length());
    }
    return width;
  }

  private static String name(Confusion confusion, int label) {
    return ScoreTable.shortened(confusion.labels().get(label));
  }
}
