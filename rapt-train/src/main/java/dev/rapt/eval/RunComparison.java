package dev.rapt.eval;

import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.figure.PairedDifference;
import dev.rapt.eval.task.TaskResult;
import java.util.ArrayList;
import java.util.List;

/** Compares two evaluations of the same tasks, figure by figure. */
public final class RunComparison {
  private RunComparison() {}

  /**
   * A figure that both runs have.
   *
   * @param name task, metric and filter
   */
  public record Row(
      String name, boolean higherIsBetter, int examples, PairedDifference difference) {}

  /**
   * Returns the differences of the figures that both runs have.
   *
   * @throws IllegalArgumentException if they have none in common, or different examples
   */
  public static List<Row> of(EvalRun first, EvalRun second, Bootstrap bootstrap) {
    List<Row> rows = new ArrayList<>();
    for (TaskResult result : first.results()) {
      for (TaskResult other : second.results()) {
        if (result.task().equals(other.task()) && result.filter().equals(other.filter())) {
          add(result, other, bootstrap, rows);
        }
      }
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "runs: must have a task and metric in common, got the tasks %s and %s"
              .formatted(names(first), names(second)));
    }
    return rows;
  }

  private static void add(
      TaskResult first, TaskResult second, Bootstrap bootstrap, List<Row> rows) {
    for (Figure figure : first.figures()) {
      for (Figure other : second.figures()) {
        if (figure.metric().equals(other.metric()) && figure.aggregation() == other.aggregation()) {
          if (figure.count() != other.count()) {
            throw new IllegalArgumentException(
                "%s: must have the same examples in both runs, got %d and %d"
                    .formatted(first.task(), figure.count(), other.count()));
          }
          rows.add(
              new Row(
                  first.nameOf(figure),
                  figure.higherIsBetter(),
                  figure.count(),
                  bootstrap.compare(figure.aggregation(), figure.rows(), other.rows())));
        }
      }
    }
  }

  private static List<String> names(EvalRun run) {
    return run.results().stream().map(TaskResult::task).distinct().toList();
  }
}
