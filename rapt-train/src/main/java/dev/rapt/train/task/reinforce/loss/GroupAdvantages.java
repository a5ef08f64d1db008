package dev.rapt.train.task.reinforce.loss;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Advantages of answers over the others to the same prompt: reward minus mean. DeepSeekMath,
 * arXiv:2402.03300, section 4.1.2; without the division Dr. GRPO, arXiv:2503.20783, section 3.1.
 */
public final class GroupAdvantages {
  private static final double EPSILON = 1e-4; // as TRL

  /** What advantages are divided by. */
  public enum Scale {
    /** Standard deviation of the rewards of the group. */
    GROUP,
    /** Standard deviation of all rewards of the rollout. */
    BATCH,
    /** Nothing. */
    NONE;

    /**
     * Returns the scale of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Scale named(String name) {
      return Arrays.stream(values())
          .filter(scale -> scale.label().equals(name))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "--scale-rewards: must be group, batch or none, got " + name));
    }

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private GroupAdvantages() {}

  /**
   * Returns the advantage of each answer.
   *
   * @param rewards those of each group
   */
  public static List<double[]> of(List<double[]> rewards, Scale scale) {
    double ofBatch = deviation(rewards.stream().flatMapToDouble(Arrays::stream).toArray());
    return rewards.stream().map(group -> of(group, scale, ofBatch)).toList();
  }

  private static double[] of(double[] group, Scale scale, double ofBatch) {
    double mean = mean(group);
    double divisor =
        switch (scale) {
          case GROUP -> deviation(group) + EPSILON;
          case BATCH -> ofBatch + EPSILON;
          case NONE -> 1;
        };
    return Arrays.stream(group).map(reward -> (reward - mean) / divisor).toArray();
  }

  public static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  /** Returns the standard deviation, estimated with n - 1; 0 for a single value. */
  public static double deviation(double[] values) {
    double mean = mean(values);
    double sum = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return values.length < 2 ? 0 : Math.sqrt(sum / (values.length - 1));
  }
}
