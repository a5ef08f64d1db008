package dev.rapt.cli.options;

import dev.rapt.train.finetune.FineTuning;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of preference tuning and of reward models. */
@OptionGroup(
    value = "Preference",
    tasks = {"prefer", "reward", "grpo", "ppo"})
public final class PreferenceArguments {
  @Option(
      names = "--beta",
      paramLabel = "X",
      description =
          "prefer, grpo, ppo: a larger one keeps the model closer to what it was; for orpo the weight"
              + " of the odds ratio, for grpo and ppo that of the KL divergence (default: 0.1, simpo"
              + " 2, grpo 0, ppo 0.05).")
  @Range(min = 0)
  private @Nullable Double beta;

  @Option(
      names = "--gamma",
      paramLabel = "X",
      description =
          "Margin of the rewards in the loss simpo; ppo: discount of rewards (default: 1).")
  @Range(min = 0)
  private @Nullable Double gamma;

  @Option(
      names = "--desirable-weight",
      paramLabel = "X",
      description = "Weight of good answers in the loss kto (default: 1).")
  @Range(min = 0)
  private @Nullable Double desirable;

  @Option(
      names = "--undesirable-weight",
      paramLabel = "X",
      description = "Weight of bad answers in the loss kto (default: 1).")
  @Range(min = 0)
  private @Nullable Double undesirable;

  @Option(
      names = "--max-kl",
      paramLabel = "NATS",
      description =
          "Ends the run when the KL divergence from the model it began with, in prefer the held-out"
              + " one, exceeds NATS"
              + " per token (default: no bound).")
  @Range(min = 0)
  private @Nullable Double maxKl;

  @Option(
      names = "--plain-text",
      description =
          "prefer, reward, grpo, ppo: takes prompts and answers as they are, without the chat"
              + " template.")
  private boolean isPlain;

  /**
   * Sets the options that are given.
   *
   * @throws IllegalArgumentException if the task does not read one of them
   */
  public void applyTo(FineTuning tuning) {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("beta", beta);
    options.put("gamma", gamma);
    options.put("desirable-weight", desirable);
    options.put("undesirable-weight", undesirable);
    options.put("max-kl", maxKl);
    options.put("plain-text", isPlain ? true : null);
    options.forEach((name, value) -> {
      if (value != null) {
        tuning.set(name, value.toString());
      }
    });
  }
}
