package dev.rapt.eval.task;

import dev.rapt.eval.likelihood.Likelihood;
import dev.rapt.metrics.CalibrationError;
import dev.rapt.metrics.ClassCounts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * What the metrics of a multiple-choice task count for one example.
 *
 * @param scores of the choices
 * @param unconditional of the choices without the prompt; empty if no metric needs them
 */
record ChoiceRow(
    TaskItem item, List<Likelihood> scores, List<Likelihood> unconditional, int mostChoices) {
  /** Returns the numbers of the example. */
  double[] of(TaskMetric metric) {
    List<Integer> right = item.answer().rightChoices(item.choices(), item.doc());
    return switch (metric.name()) {
      case "acc" -> hit(right, best(this::logProb));
      case "acc_norm" -> hit(right, best(i -> logProb(i) / length(i)));
      case "acc_bytes" -> hit(right, best(i -> logProb(i) / bytes(i)));
      case "acc_mutual_info" -> hit(right, best(i -> logProb(i) - unconditional.get(i).logProb()));
      case "exact_match" ->
          new double[] {right.stream().anyMatch(i -> scores.get(i).isGreedy()) ? 1 : 0, 1};
      case "f1" -> binary(single(metric, right), best(this::logProb));
      case "mcc" -> ClassCounts.row(mostChoices, single(metric, right), best(this::logProb));
      case "brier_score" -> brier(single(metric, right));
      case "ece" -> {
        int best = best(this::logProb);
        yield CalibrationError.row(probabilities()[best], right.contains(best));
      }
      default -> throw new IllegalStateException(metric.name());
    };
  }

  private double logProb(int choice) {
    return scores.get(choice).logProb();
  }

  private double length(int choice) {
    String text = item.choices().get(choice);
    return text.codePointCount(0, text.length());
  }

  private double bytes(int choice) {
    return item.choices().get(choice).getBytes(StandardCharsets.UTF_8).length;
  }

  /** Returns the choice with the largest score, the first among equal ones. */
  private int best(IntToDoubleFunction score) {
    int best = 0;
    for (int i = 1; i < scores.size(); i++) {
      if (score.applyAsDouble(i) > score.applyAsDouble(best)) {
        best = i;
      }
    }
    return best;
  }

  private static double[] hit(List<Integer> right, int predicted) {
    return new double[] {right.contains(predicted) ? 1 : 0, 1};
  }

  private int single(TaskMetric metric, List<Integer> right) {
    if (right.size() != 1) {
      throw item.doc()
          .error("must have one right choice for %s, got %s".formatted(metric.name(), right));
    }
    return right.getFirst();
  }

  /** True positives, false positives and false negatives, where choice 1 is positive. */
  private double[] binary(int right, int predicted) {
    if (item.choices().size() != 2) {
      throw item.doc().error("must have 2 choices for f1, got " + item.choices());
    }
    return new double[] {right * predicted, (1 - right) * predicted, right * (1 - predicted)};
  }

  private double[] brier(int right) {
    double[] probabilities = probabilities();
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      double error = probabilities[i] - (i == right ? 1 : 0);
      sum += error * error;
    }
    return new double[] {sum, 1};
  }

  private double[] probabilities() {
    return Likelihood.shares(scores.stream().mapToDouble(Likelihood::logProb).toArray());
  }
}
