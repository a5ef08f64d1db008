package dev.rapt.train.task.reinforce;

import java.util.LinkedHashMap;
import java.util.Map;

/** Means over the tokens of the batches of an update, beside what their rollouts measured. */
final class RolloutMetrics {
  /** Metric: mean KL divergence from the reference model, in nats per token. */
  static final String KL = "kl";

  /** Metric: mean entropy of the next token, in nats. */
  static final String ENTROPY = "entropy";

  private Map<String, Double> ofRollout = Map.of();
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();

  /** Sets what was measured when the rollout was sampled. */
  void begin(Rollout rollout) {
    ofRollout = rollout.metrics();
  }

  /** Adds a sum over some tokens. */
  void add(String name, double sum, long count) {
    sums.merge(name, sum, Double::sum);
    counts.merge(name, count, Long::sum);
  }

  /** Returns the metrics since the last call. */
  Map<String, Double> drain() {
    Map<String, Double> metrics = new LinkedHashMap<>(ofRollout);
    sums.forEach((name, sum) -> {
      long count = counts.getOrDefault(name, 0L);
      if (count > 0) {
        metrics.put(name, sum / count);
      }
    });
    sums.clear();
    counts.clear();
    return metrics;
  }
}
