package dev.rapt.train.task.reinforce;

import dev.rapt.reward.RewardSum;
import dev.rapt.train.MetricBound;
import dev.rapt.train.task.TaskSetup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings that GRPO and PPO share.
 *
 * @param generations answers to a prompt in a rollout
 * @param heldOutGenerations sampled answers to a held-out prompt; 1 for a greedy one
 * @param maxLength most tokens of an answer
 * @param temperature temperature of sampling, by which the losses divide logits too
 * @param miniBatches updates among which the answers of a rollout are divided
 * @param iterations iterations over a rollout
 * @param masksTruncated whether answers that were cut are left out of the loss
 * @param dynamicSampling most rounds in which prompts without signal are replaced
 * @param softLength length of the zone before the greatest length in which the reward falls to -1;
 *     0 for none
 * @param missingEndPenalty subtracted from the reward of an answer that was cut
 * @param comparesPrompts whether answers to different prompts are compared, rather than those to
 *     the same
 * @param beta weight of the divergence from the model with which the run began
 * @param maxKl largest divergence
 * @param minEntropy smallest entropy
 * @param minReward smallest reward
 */
record ReinforceSettings(
    int generations,
    int heldOutGenerations,
    int maxLength,
    double temperature,
    int miniBatches,
    int iterations,
    boolean masksTruncated,
    int dynamicSampling,
    int softLength,
    double missingEndPenalty,
    boolean comparesPrompts,
    double beta,
    double maxKl,
    double minEntropy,
    double minReward) {
  static final String REWARD = "reward";
  static final String REWARD_TIMEOUT = "reward-timeout";
  static final String GENERATIONS = "num-generations";
  static final String GENERATIONS_EVAL = "num-generations-eval";
  static final String MAX_LENGTH = "max-completion-length";
  static final String TEMPERATURE = "temperature";
  static final String MINI_BATCHES = "num-mini-batches";
  static final String ITERATIONS = "num-iterations";
  static final String MASK_TRUNCATED = "mask-truncated-completions";
  static final String DYNAMIC_SAMPLING = "dynamic-sampling";
  static final String SOFT_LENGTH = "soft-punish-cache";
  static final String MISSING_END = "missing-eos-penalty";
  static final String BETA = "beta";
  static final String MAX_KL = "max-kl";
  static final String MIN_ENTROPY = "min-entropy";
  static final String MIN_REWARD = "min-reward";

  /** The names of the settings that both tasks read. */
  static final Set<String> SHARED =
      Set.of(
          REWARD,
          REWARD_TIMEOUT,
          GENERATIONS,
          GENERATIONS_EVAL,
          MAX_LENGTH,
          TEMPERATURE,
          MINI_BATCHES,
          ITERATIONS,
          SOFT_LENGTH,
          MISSING_END,
          BETA,
          MAX_KL,
          MIN_ENTROPY,
          MIN_REWARD);

  private static final int USUAL_MAX_LENGTH = 256;
  private static final double USUAL_TIMEOUT = 10;
  private static final int MOST = 1 << 20;
  private static final double ANY = Double.MAX_VALUE;

  /**
   * What a task has by default.
   *
   * @param leastGenerations smallest number of answers to a prompt
   */
  record Usual(
      int generations,
      int leastGenerations,
      int miniBatches,
      int iterations,
      double beta,
      boolean comparesPrompts) {}

  /**
   * Reads the settings.
   *
   * @param most most tokens of a prompt with its answer
   * @throws IllegalArgumentException if one is out of its range
   */
  static ReinforceSettings read(TaskSetup setup, Usual usual, int most) {
    int usualLength = Math.max(1, Math.min(USUAL_MAX_LENGTH, most / 2));
    int maxLength = whole(setup, MAX_LENGTH, usualLength, 1, most - 1);
    return new ReinforceSettings(
        whole(setup, GENERATIONS, usual.generations(), usual.leastGenerations(), MOST),
        whole(setup, GENERATIONS_EVAL, 1, 1, MOST),
        maxLength,
        setup.number(TEMPERATURE, 1, Double.MIN_NORMAL, 1e6),
        whole(setup, MINI_BATCHES, usual.miniBatches(), 1, MOST),
        whole(setup, ITERATIONS, usual.iterations(), 1, MOST),
        setup.flag(MASK_TRUNCATED),
        whole(setup, DYNAMIC_SAMPLING, 0, 0, MOST),
        whole(setup, SOFT_LENGTH, 0, 0, maxLength),
        setup.number(MISSING_END, 0, 0, ANY),
        usual.comparesPrompts(),
        setup.number(BETA, usual.beta(), 0, ANY),
        setup.number(MAX_KL, Double.POSITIVE_INFINITY, 0, Double.POSITIVE_INFINITY),
        setup.number(MIN_ENTROPY, 0, 0, ANY),
        setup.number(MIN_REWARD, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, ANY));
  }

  private static int whole(TaskSetup setup, String name, int usual, int min, int max) {
    return (int) setup.number(name, usual, min, max);
  }

  /** Makes the rewards that the setting names, unless the task has been given others. */
  static RewardSum rewards(TaskSetup setup, RewardSum.@Nullable Part given, String answer) {
    double seconds = setup.number(REWARD_TIMEOUT, USUAL_TIMEOUT, 1e-3, 1e6);
    Duration limit = Duration.ofNanos(Math.round(seconds * 1e9));
    String named = setup.text(REWARD, "");
    if (given == null) {
      List<String> specs = named.isEmpty() ? List.of() : Arrays.asList(named.split("\n", -1));
      return RewardSum.parse(specs, answer, limit);
    }
    if (!named.isEmpty()) {
      throw new IllegalArgumentException("reward: must be given once, got an object and " + named);
    }
    return new RewardSum(List.of(given), limit);
  }

  /** Returns whether the model with which the run began is needed. */
  boolean needsReference() {
    return beta > 0 || maxKl < Double.POSITIVE_INFINITY;
  }

  /**
   * Returns what is added to the reward of an answer for its length: the soft overlong punishment
   * of DAPO, arXiv:2503.14476, equation 13, and the penalty of a missing end.
   */
  double lengthPenalty(int length, boolean isCut) {
    double penalty = isCut ? -missingEndPenalty : 0;
    int from = maxLength - softLength;
    return softLength == 0 || length <= from
        ? penalty
        : penalty - Math.min(1, (double) (length - from) / softLength);
  }

  /** Returns the ranges of metrics. */
  List<MetricBound> bounds() {
    List<MetricBound> bounds = new ArrayList<>();
    bounds.add(MetricBound.atMost(RolloutMetrics.KL, maxKl));
    bounds.add(MetricBound.atLeast(RolloutMetrics.ENTROPY, minEntropy));
    bounds.add(MetricBound.atLeast(GroupSampler.REWARD, minReward));
    return bounds;
  }
}
