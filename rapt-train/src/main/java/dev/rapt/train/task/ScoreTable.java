package dev.rapt.train.task;

import dev.rapt.metrics.Confusion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Precision, recall and F1 of classes as text, a line each. */
public final class ScoreTable {
  private static final int WIDEST_NAME = 20;

  private ScoreTable() {}

  /**
   * The scores of a class.
   *
   * @param support number of examples of the class
   */
  public record Line(String name, double precision, double recall, double f1, long support) {
    /** Returns the scores of one class of a confusion matrix. */
    public static Line of(String name, Confusion.ClassScore score) {
      return new Line(name, score.precision(), score.recall(), score.f1(), score.support());
    }
  }

  /** Returns the lines, below one that names the columns. */
  public static List<String> of(String title, List<Line> lines) {
    int width = title.length();
    for (Line line : lines) {
      width = Math.max(width, shortened(line.name()).length());
    }
    List<String> text = new ArrayList<>();
    String head = "%-" + width + "s  %9s  %6s  %6s  %7s";
    text.add(String.format(Locale.ROOT, head, title, "precision", "recall", "F1", "support"));
    for (Line line : lines) {
      text.add(
          String.format(
              Locale.ROOT,
              "%-" + width + "s  %9.3f  %6.3f  %6.3f  %7d",
              shortened(line.name()),
              line.precision(),
              line.recall(),
              line.f1(),
              line.support()));
    }
    return text;
  }

  /**
   * Returns the scores by their names in JSON.
   *
   * @param title name of the name of a class: {@code label}
   */
  public static List<Map<String, Object>> figures(String title, List<Line> lines) {
    return lines.stream()
        .map(line -> {
          Map<String, Object> figures = new LinkedHashMap<>();
          figures.put(title, line.name());
          figures.put("precision", line.precision());
          figures.put("recall", line.recall());
          figures.put("f1", line.f1());
          figures.put("support", line.support());
          return figures;
        })
        .toList();
  }

  /** Returns a name that is not too wide for a column. */
  static String shortened(String name) {
    return name.length() <= WIDEST_NAME ? name : name.substring(0, WIDEST_NAME - 1) + "…";
  }
}
