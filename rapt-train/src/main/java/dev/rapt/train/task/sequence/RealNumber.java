package dev.rapt.train.task.sequence;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.metrics.Correlation;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.task.Baseline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A number for each text, learnt by mean squared error. The metrics are those of STS-B: GLUE,
 * arXiv:1804.07461, section 3.2.
 */
record RealNumber() implements TextProblem<Float> {
  @Override
  public Tensor loss(Tensor logits, List<Float> targets, double denominator) {
    float[] values = new float[targets.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = targets.get(i);
    }
    Tensor wanted = logits.scope().floats(values, values.length, 1);
    return Losses.meanSquaredError(logits, wanted, denominator);
  }

  @Override
  public Scores measure(List<Float> targets, List<float[]> logits) {
    double[] wanted = targets.stream().mapToDouble(Float::doubleValue).toArray();
    double[] found = logits.stream().mapToDouble(row -> row[0]).toArray();
    double squares = 0;
    for (int i = 0; i < wanted.length; i++) {
      squares += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("pearson", wanted.length < 2 ? 0 : orZero(Correlation.pearson(found, wanted)));
    metrics.put("spearman", wanted.length < 2 ? 0 : orZero(Correlation.spearman(found, wanted)));
    metrics.put("mse", squares / wanted.length);
    return Scores.plain(metrics, "spearman");
  }

  @Override
  public Optional<Baseline> baseline(List<Float> targets) {
    return Optional.of(new Baseline("spearman", 0, "the correlation of a constant"));
  }

  /** The correlation with a constant is not defined; as a metric it is 0. */
  private static double orZero(double correlation) {
    return Double.isNaN(correlation) ? 0 : correlation;
  }

  @Override
  public String summary() {
    return "a number for each";
  }
}
