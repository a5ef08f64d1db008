package dev.rapt.eval.task;

import dev.rapt.eval.figure.Figure;
import java.util.List;

/**
 * The result of a task for one filter of its responses.
 *
 * @param task name of the task
 * @param version in the task's metadata; empty if there is none
 * @param filter name of the filter; {@code none} without one
 * @param numFewShot examples in a prompt
 * @param figures in the order of the task's metrics
 * @param samples one for each example
 */
public record TaskResult(
    String task,
    String version,
    String filter,
    int numFewShot,
    List<Figure> figures,
    List<Sample> samples) {
  /** Copies the lists. */
  public TaskResult {
    figures = List.copyOf(figures);
    samples = List.copyOf(samples);
  }

  /** Returns the name of a figure: task, metric, and filter if there is one. */
  public String nameOf(Figure figure) {
    return task + " " + figure.metric() + (filter.equals("none") ? "" : ", " + filter);
  }

  /**
   * What the model gave for an example.
   *
   * @param file of the example
   * @param line of the example, counted from 1
   * @param logLikelihoods of each choice, or of the target, in nats; empty for generated texts
   * @param response the generated text after the filter; empty for other tasks
   * @param answers the right answers, or numbers of right choices
   */
  public record Sample(
      String file, long line, List<Double> logLikelihoods, String response, List<String> answers) {
    /** Copies the lists. */
    public Sample {
      logLikelihoods = List.copyOf(logLikelihoods);
      answers = List.copyOf(answers);
    }
  }
}
