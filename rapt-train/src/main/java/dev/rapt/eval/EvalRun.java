package dev.rapt.eval;

import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.figure.Interval;
import dev.rapt.eval.task.TaskResult;
import java.util.ArrayList;
import java.util.List;

/**
 * An evaluation of a model.
 *
 * @param model name of the model
 * @param bootstrap how intervals are computed
 * @param seconds time of the run without loading the model
 * @param results in the order of the tasks
 */
public record EvalRun(String model, Bootstrap bootstrap, double seconds, List<TaskResult> results) {
  /** Copies the list. */
  public EvalRun {
    results = List.copyOf(results);
  }

  /**
   * A figure with its interval, as reports show it.
   *
   * @param interval 95% interval; NaN without resampling
   */
  public record Row(TaskResult result, Figure figure, Interval interval) {
    /** Returns the name of the figure: task, metric, and filter if there is one. */
    public String name() {
      return result.nameOf(figure);
    }
  }

  /** Returns all figures with their intervals. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (TaskResult result : results) {
      for (Figure figure : result.figures()) {
        rows.add(new Row(result, figure, bootstrap.interval(figure.aggregation(), figure.rows())));
      }
    }
    return rows;
  }
}
