package dev.rapt.train.task.reinforce;

import dev.rapt.reward.Reward;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.reinforce.loss.AdvantageEstimate;
import dev.rapt.train.task.reinforce.loss.ClippedRatio;
import dev.rapt.train.task.reinforce.loss.PpoLoss;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proximal policy optimisation of a decoder with a value head, and with the KL divergence from the
 * model with which the run began in the rewards. arXiv:1707.06347; arXiv:1909.08593. Defaults and
 * definitions are those of TRL's PPOTrainer, except that the value head shares the layers of the
 * policy, and that an answer has its reward at its last token, which is the end token if there is
 * one.
 */
public final class PpoTask extends ReinforceTask {
  private static final String CLIP = "epsilon";
  private static final String VALUE_WEIGHT = "vf-coef";
  private static final String VALUE_CLIP = "cliprange-value";
  private static final String GAMMA = "gamma";
  private static final String LAMBDA = "gae-lambda";
  private static final String ESTIMATOR = "kl-estimator";
  private static final String WHITEN = "whiten-rewards";
  private static final int USUAL_EPOCHS = 4;
  private static final double USUAL_BETA = 0.05;
  private static final double USUAL_CLIP = 0.2;
  private static final double USUAL_VALUE_WEIGHT = 0.1;
  private static final double USUAL_LAMBDA = 0.95;

  /**
   * A task.
   *
   * @param reward the reward; null for those that the settings name
   */
  public PpoTask(@Nullable Reward reward) {
    super(reward);
  }

  @Override
  public String name() {
    return "ppo";
  }

  @Override
  public String description() {
    return "learns from rewards of its own answers, compared with predicted ones (PPO)";
  }

  @Override
  Set<String> ownSettings() {
    return Set.of(CLIP, VALUE_WEIGHT, VALUE_CLIP, GAMMA, LAMBDA, ESTIMATOR, WHITEN);
  }

  @Override
  ReinforceSettings.Usual usual() {
    return new ReinforceSettings.Usual(1, 1, 1, USUAL_EPOCHS, USUAL_BETA, true);
  }

  @Override
  void check(TaskSetup setup) {
    settings(setup);
  }

  private static PpoRun.Settings settings(TaskSetup setup) {
    double most = Double.MAX_VALUE;
    double clip = setup.number(CLIP, USUAL_CLIP, 0, 1);
    String estimator = setup.text(ESTIMATOR, "k1");
    if (!Set.of("k1", "k3").contains(estimator)) {
      throw new IllegalArgumentException("--kl-estimator: must be k1 or k3, got " + estimator);
    }
    return new PpoRun.Settings(
        new PpoLoss(
            new ClippedRatio(clip, clip),
            setup.number(VALUE_WEIGHT, USUAL_VALUE_WEIGHT, 0, most),
            setup.number(VALUE_CLIP, USUAL_CLIP, 0, most)),
        new AdvantageEstimate(
            setup.number(GAMMA, 1, 0, 1), setup.number(LAMBDA, USUAL_LAMBDA, 0, 1)),
        estimator.equals("k3"),
        setup.flag(WHITEN));
  }

  @Override
  ReinforceRun run(ReinforceRun.Parts parts) {
    return new PpoRun(parts, settings(parts.setup()));
  }
}
