package dev.rapt.train.task.sequence;

import dev.rapt.tensor.Tensor;
import dev.rapt.train.task.Baseline;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the logits of whole texts are trained towards, and how predictions are measured.
 *
 * @param <T> target of a text
 */
interface TextProblem<T> {
  /**
   * Metrics of predictions.
   *
   * @param metrics metrics by name
   * @param deciding the one by which one model is better than another
   * @param details lines of text, such as a confusion matrix
   * @param figures the details as numbers, by names in snake case
   */
  record Scores(
      Map<String, Double> metrics,
      String deciding,
      List<String> details,
      Map<String, Object> figures) {
    /** Metrics without details. */
    static Scores plain(Map<String, Double> metrics, String deciding) {
      return new Scores(metrics, deciding, List.of(), Map.of());
    }
  }

  /**
   * Returns the sum of the losses of texts, divided: a scalar, f32.
   *
   * @param logits (B, outputs)
   */
  Tensor loss(Tensor logits, List<T> targets, double denominator);

  /** Returns what makes a sum of losses a mean: the number of targets, or their weight. */
  default double weight(List<T> targets) {
    return targets.size();
  }

  /** Measures predictions. */
  Scores measure(List<T> targets, List<float[]> logits);

  /** Returns what the deciding metric of these targets is without any learning, if known. */
  default Optional<Baseline> baseline(List<T> targets) {
    return Optional.empty();
  }

  /** Returns what the targets are: {@code 4 classes}. */
  String summary();
}
