package dev.rapt.cli.options;

import dev.rapt.reward.RewardSpec;
import dev.rapt.train.finetune.FineTuning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of training on rewards. */
@OptionGroup(
    value = "Rewards",
    tasks = {"grpo", "ppo"})
public final class ReinforceArguments {
  @Option(
      names = "--reward",
      paramLabel = "CHECK",
      description =
          "grpo, ppo: what rewards an answer; several are added up, a weight such as 0.5* before"
              + " each or none. number and gsm8k: 1 if the last number, or the one behind ####, is"
              + " that of the column answer. exact: 1 if the text is. regex:PATTERN: 1 if it matches,"
              + " or if its group is the answer. json or json:SCHEMA: 1 for JSON, of that schema."
              + " model:DIR: score of a reward model.")
  private List<String> rewards = List.of();

  @Option(
      names = "--reward-timeout",
      paramLabel = "SECONDS",
      description =
          "Ends the run when a reward takes longer for the answers to a prompt (default: 10).")
  @Range(min = 0, aboveMin = true, max = 1e6)
  private @Nullable Double timeout;

  @Option(
      names = "--num-generations",
      paramLabel = "N",
      description =
          "Samples N answers to each prompt of a batch (default: grpo 8, at least 2; ppo 1).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer generations;

  @Option(
      names = "--num-generations-eval",
      paramLabel = "N",
      description =
          "Rewards N sampled answers to each held-out prompt; 1 for a greedy one (default: 1).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer generationsEval;

  @Option(
      names = "--max-completion-length",
      paramLabel = "N",
      description =
          "Cuts answers after N tokens (default: 256, or half of the model's context if shorter).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer maxLength;

  @Option(
      names = "--num-iterations",
      paramLabel = "N",
      description =
          "Trains N times on the answers before new ones are sampled (default: grpo 1, ppo 4).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer iterations;

  @Option(
      names = "--num-mini-batches",
      paramLabel = "N",
      description =
          "Samples answers for N batches at once, with an update after each of them (default: 1).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer miniBatches;

  @Option(
      names = "--epsilon",
      paramLabel = "X",
      description =
          "Clips the ratio to the model that sampled an answer at 1 - X and 1 + X (default: 0.2).")
  @Range(min = 0, max = 1)
  private @Nullable Double epsilon;

  @Option(
      names = "--epsilon-high",
      paramLabel = "X",
      description = "grpo: clips it at 1 + X above; DAPO has 0.28 (default: as --epsilon).")
  @Range(min = 0)
  private @Nullable Double epsilonHigh;

  @Option(
      names = "--scale-rewards",
      paramLabel = "KIND",
      description =
          "grpo: divides advantages by the standard deviation of rewards: group, batch or none;"
              + " Dr. GRPO has none (default: group).")
  private @Nullable String scale;

  @Option(
      names = "--mask-truncated-completions",
      description = "grpo: leaves answers that were cut out of the loss.")
  private boolean masksTruncated;

  @Option(
      names = "--dynamic-sampling",
      paramLabel = "N",
      description =
          "grpo: replaces prompts whose answers all have the same reward, in at most N rounds"
              + " (default: 0).")
  @Range(min = 0, max = 1 << 20)
  private @Nullable Integer dynamicSampling;

  @Option(
      names = "--soft-punish-cache",
      paramLabel = "N",
      description =
          "Lowers the reward of long answers, from 0 to -1 over the last N tokens before"
              + " --max-completion-length (default: 0).")
  @Range(min = 0, max = 1 << 20)
  private @Nullable Integer softLength;

  @Option(
      names = "--missing-eos-penalty",
      paramLabel = "X",
      description = "Lowers the reward of answers that were cut by X (default: 0).")
  @Range(min = 0)
  private @Nullable Double missingEnd;

  @Option(
      names = "--no-bias-correction-kl",
      description =
          "grpo: does not multiply the KL divergence by the ratio, as in the first paper on GRPO.")
  private boolean noCorrection;

  @Option(
      names = "--vf-coef",
      paramLabel = "X",
      description = "ppo: weight of the error of the value head (default: 0.1).")
  @Range(min = 0)
  private @Nullable Double valueWeight;

  @Option(
      names = "--cliprange-value",
      paramLabel = "X",
      description = "ppo: clips values at this distance from those before (default: 0.2).")
  @Range(min = 0)
  private @Nullable Double valueClip;

  @Option(
      names = "--gae-lambda",
      paramLabel = "X",
      description =
          "ppo: weight of longer returns in advantages, 0 to 1; --gamma is the discount (default:"
              + " 0.95).")
  @Range(min = 0, max = 1)
  private @Nullable Double lambda;

  @Option(
      names = "--kl-estimator",
      paramLabel = "KIND",
      description = "ppo: estimate of the KL divergence in rewards: k1 or k3 (default: k1).")
  private @Nullable String estimator;

  @Option(
      names = "--whiten-rewards",
      description = "ppo: divides rewards of tokens by their standard deviation.")
  private boolean whitens;

  @Option(
      names = "--min-entropy",
      paramLabel = "NATS",
      description =
          "Ends the run when the entropy of answers falls below NATS per token (default: no bound).")
  @Range(min = 0)
  private @Nullable Double minEntropy;

  @Option(
      names = "--min-reward",
      paramLabel = "X",
      description = "Ends the run when the mean reward falls below X (default: no bound).")
  @Range(min = -1e9, max = 1e9)
  private @Nullable Double minReward;

  /**
   * Sets the options that are given.
   *
   * @throws IllegalArgumentException if the task does not read one of them, or a reward is not
   *     written as one
   */
  public void applyTo(FineTuning tuning) {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("reward", rewards.isEmpty() ? null : joined());
    options.put("reward-timeout", timeout);
    options.put("num-generations", generations);
    options.put("num-generations-eval", generationsEval);
    options.put("max-completion-length", maxLength);
    options.put("num-iterations", iterations);
    options.put("num-mini-batches", miniBatches);
    options.put("epsilon", epsilon);
    options.put("epsilon-high", epsilonHigh);
    options.put("scale-rewards", scale);
    options.put("mask-truncated-completions", masksTruncated ? true : null);
    options.put("dynamic-sampling", dynamicSampling);
    options.put("soft-punish-cache", softLength);
    options.put("missing-eos-penalty", missingEnd);
    options.put("no-bias-correction-kl", noCorrection ? true : null);
    options.put("vf-coef", valueWeight);
    options.put("cliprange-value", valueClip);
    options.put("gae-lambda", lambda);
    options.put("kl-estimator", estimator);
    options.put("whiten-rewards", whitens ? true : null);
    options.put("min-entropy", minEntropy);
    options.put("min-reward", minReward);
    options.forEach((name, value) -> {
      if (value != null) {
        tuning.set(name, value.toString());
      }
    });
  }

  /** The rewards, a line each, with absolute paths for --resume. */
  private String joined() {
    return rewards.stream()
        .map(reward -> RewardSpec.parse(reward).withAbsolutePath().toString())
        .collect(Collectors.joining("\n"));
  }
}
