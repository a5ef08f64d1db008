package dev.rapt.train.task;

import dev.rapt.metrics.Confusion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A confusion matrix as text. */
final class ConfusionTable {
  private static final int MOST_CLASSES = 12;
  private static final int WIDEST_NAME = 20;

  private ConfusionTable() {}

  /** Returns precision, recall and F1 of each class, a line each. */
  static List<String> scores(Confusion confusion) {
    int width = nameWidth(confusion);
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%-" + width + "s  %9s  %6s  %6s  %7s",
            "class",
            "precision",
            "recall",
            "F1",
            "support"));
    for (int k = 0; k < confusion.labels().size(); k++) {
      Confusion.ClassScore score = confusion.score(k);
      lines.add(
          String.format(
              Locale.ROOT,
              "%-" + width + "s  %9.3f  %6.3f  %6.3f  %7d",
              name(confusion, k),
              score.precision(),
              score.recall(),
              score.f1(),
              score.support()));
    }
    return lines;
  }

  /** Returns the matrix, a row for each true class and a column for each predicted one. */
  static List<String> matrix(Confusion confusion) {
    int n = confusion.labels().size();
    if (n > MOST_CLASSES) {
      return List.of("confusion matrix: left out, since it has %d classes".formatted(n));
    }
    int width = nameWidth(confusion);
    int cell = Math.max(6, width);
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder(" ".repeat(width));
    for (int k = 0; k < n; k++) {
      head.append(String.format("  %" + cell + "s", name(confusion, k)));
    }
    lines.add("confusion matrix: rows are true classes, columns predicted ones");
    lines.add(head.toString());
    for (int r = 0; r < n; r++) {
      StringBuilder row = new StringBuilder(String.format("%-" + width + "s", name(confusion, r)));
      for (int k = 0; k < n; k++) {
        row.append(String.format("  %" + cell + "d", confusion.count(r, k)));
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
    String name = confusion.labels().get(label);
    return name.length() <= WIDEST_NAME ? name : name.substring(0, WIDEST_NAME - 1) + "…";
  }
}
