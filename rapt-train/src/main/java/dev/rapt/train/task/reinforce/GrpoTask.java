package dev.rapt.train.task.reinforce;

import dev.rapt.reward.Reward;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.reinforce.loss.GroupAdvantages;
import dev.rapt.train.task.reinforce.loss.GrpoLoss;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Group-relative policy optimisation of a decoder: of several answers to a prompt, those with a
 * reward above the mean become likelier. DeepSeekMath, arXiv:2402.03300, with the corrections of
 * DAPO, arXiv:2503.14476, and Dr. GRPO, arXiv:2503.20783, as settings. Names, defaults and
 * definitions are those of TRL 1.13.
 */
public final class GrpoTask extends ReinforceTask {
  private static final String LOSS = "loss";
  private static final String SCALE = "scale-rewards";
  private static final String EPSILON = "epsilon";
  private static final String EPSILON_HIGH = "epsilon-high";
  private static final String NO_CORRECTION = "no-bias-correction-kl";
  private static final int USUAL_GENERATIONS = 8;
  private static final double USUAL_EPSILON = 0.2;

  /**
   * A task.
   *
   * @param reward the reward; null for those that the settings name
   */
  public GrpoTask(@Nullable Reward reward) {
    super(reward);
  }

  @Override
  public String name() {
    return "grpo";
  }

  @Override
  public String description() {
    return "learns from rewards of its own answers, compared with each other (GRPO, DAPO, Dr. GRPO)";
  }

  @Override
  Set<String> ownSettings() {
    return Set.of(
        LOSS,
        SCALE,
        EPSILON,
        EPSILON_HIGH,
        NO_CORRECTION,
        ReinforceSettings.MASK_TRUNCATED,
        ReinforceSettings.DYNAMIC_SAMPLING);
  }

  @Override
  ReinforceSettings.Usual usual() {
    return new ReinforceSettings.Usual(USUAL_GENERATIONS, 2, 1, 1, 0, false);
  }

  @Override
  void check(TaskSetup setup) {
    loss(setup, 1);
    scale(setup);
  }

  private static GrpoLoss loss(TaskSetup setup, int maxLength) {
    double epsilon = setup.number(EPSILON, USUAL_EPSILON, 0, 1);
    return new GrpoLoss(
        GrpoLoss.Kind.named(setup.text(LOSS, GrpoLoss.Kind.DAPO.label())),
        epsilon,
        setup.number(EPSILON_HIGH, epsilon, 0, Double.MAX_VALUE),
        setup.number(ReinforceSettings.BETA, 0, 0, Double.MAX_VALUE),
        !setup.flag(NO_CORRECTION),
        maxLength);
  }

  private static GroupAdvantages.Scale scale(TaskSetup setup) {
    return GroupAdvantages.Scale.named(setup.text(SCALE, "group"));
  }

  @Override
  ReinforceRun run(ReinforceRun.Parts parts) {
    TaskSetup setup = parts.setup();
    return new GrpoRun(parts, loss(setup, parts.settings().maxLength()), scale(setup));
  }
}
