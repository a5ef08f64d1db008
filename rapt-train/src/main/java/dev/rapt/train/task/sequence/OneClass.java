package dev.rapt.train.task.sequence;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.metrics.Confusion;
import dev.rapt.model.Labels;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.ConfusionTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One class for each text, learnt by cross entropy.
 *
 * @param classWeights weight of each class; null for equal ones
 * @param smoothing label smoothing, in [0, 1)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record OneClass(Labels labels, float @Nullable [] classWeights, float smoothing)
    implements TextProblem<Integer> {
  /**
   * Returns weights by which all classes count alike: n / (k count), as scikit-learn's {@code
   * balanced}; 1 for classes without examples.
   */
  static float[] balanced(List<Integer> classes, int count) {
    long[] counts = new long[count];
    classes.forEach(k -> counts[k]++);
    long present = classes.stream().distinct().count();
    float[] weights = new float[count];
    for (int k = 0; k < count; k++) {
      weights[k] = counts[k] == 0 ? 1 : (float) (classes.size() / (present * (double) counts[k]));
    }
    return weights;
  }

  @Override
  public Tensor loss(Tensor logits, List<Integer> targets, double denominator) {
    Tensor classes = logits.scope().ints(ids(targets), targets.size());
    return classWeights == null
        ? Losses.crossEntropy(logits, classes, smoothing, denominator)
        : Losses.crossEntropy(logits, classes, classWeights, smoothing, denominator);
  }

  private static int[] ids(List<Integer> targets) {
    return targets.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public double weight(List<Integer> targets) {
    return classWeights == null ? targets.size() : Losses.totalWeight(ids(targets), classWeights);
  }

  @Override
  public Scores measure(List<Integer> targets, List<float[]> logits) {
    Confusion counted = new Confusion(labels.names());
    for (int i = 0; i < targets.size(); i++) {
      counted.add(targets.get(i), best(logits.get(i)));
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", counted.accuracy());
    metrics.put("macro_f1", counted.macroF1());
    metrics.put("matthews", counted.matthews());
    List<String> details = new ArrayList<>(ConfusionTable.scores(counted));
    details.add("");
    details.addAll(ConfusionTable.matrix(counted));
    return new Scores(metrics, "accuracy", details, ConfusionTable.figures(counted));
  }

  @Override
  public Optional<Baseline> baseline(List<Integer> targets) {
    return Optional.of(Baseline.ofMostFrequent(targets));
  }

  /** Returns the index of the largest logit. */
  public static int best(float[] logits) {
    int best = 0;
    for (int k = 1; k < logits.length; k++) {
      best = logits[k] > logits[best] ? k : best;
    }
    return best;
  }

  @Override
  public String summary() {
    return labels.count() + " classes";
  }
}
