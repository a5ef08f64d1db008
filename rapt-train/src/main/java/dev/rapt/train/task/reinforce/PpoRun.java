package dev.rapt.train.task.reinforce;

import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.reinforce.loss.AdvantageEstimate;
import dev.rapt.train.task.reinforce.loss.ClippedRatio;
import dev.rapt.train.task.reinforce.loss.Episode;
import dev.rapt.train.task.reinforce.loss.PpoLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Training by PPO. */
final class PpoRun extends ReinforceRun {
  private final Settings ofPpo;
  private final ValueHead head;

  /**
   * Settings of PPO alone.
   *
   * @param squaresKl whether the divergence in the rewards is estimated by k3, rather than k1
   * @param whitensRewards whether the rewards of the tokens are divided by their standard deviation
   */
  record Settings(
      PpoLoss loss, AdvantageEstimate estimate, boolean squaresKl, boolean whitensRewards) {}

  PpoRun(Parts parts, Settings ofPpo) {
    super(parts);
    this.ofPpo = ofPpo;
    head = new ValueHead(model());
  }

  @Override
  public void begin(Path folder, TrainOptions options, @Nullable Path checkpoint)
      throws IOException {
    super.begin(folder, options, checkpoint);
    if (checkpoint != null) {
      head.file().read(checkpoint);
    }
  }

  @Override
  PpoObjective objective(Rollouts rollouts) {
    return new PpoObjective(model(), head, ofPpo.loss, rollouts, settings().temperature());
  }

  @Override
  Rollout make(long number, GroupSampler.Sampled sampled) {
    List<SampledAnswer> answers =
        sampled.groups().stream().flatMap(group -> group.answers().stream()).toList();
    List<Answer> tokens = answers.stream().map(SampledAnswer::answer).toList();
    double[] scores =
        sampled.groups().stream()
            .flatMapToDouble(group -> Arrays.stream(group.rewards()))
            .toArray();
    List<double[]> before = scores().logProbs(model(), tokens);
    List<double[]> reference = referenceOf(tokens);
    List<double[]> values =
        scores()
            .compute(
                model(),
                tokens,
                (hidden, padded) -> PolicyScores.wide(head.values(hidden, padded.positions())));
    List<double[]> rewards = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      rewards.add(rewards(before.get(i), reference.get(i), scores[i]));
    }
    List<Episode> episodes = episodes(tokens, before, reference, values, rewards);
    return new Rollout(number, episodes, sampled.metrics());
  }

  /** Returns the rewards of the tokens: the divergence of each, and the score at the last one. */
  private double[] rewards(double[] before, double[] reference, double score) {
    double[] rewards = new double[before.length];
    for (int t = 0; t < rewards.length && reference.length > 0; t++) {
      double kl =
          ofPpo.squaresKl
              ? ClippedRatio.divergence(before[t], reference[t])
              : before[t] - reference[t];
      rewards[t] = -settings().beta() * kl;
    }
    rewards[rewards.length - 1] += score;
    return rewards;
  }

  private List<Episode> episodes(
      List<Answer> answers,
      List<double[]> before,
      List<double[]> reference,
      List<double[]> values,
      List<double[]> raw) {
    List<double[]> rewards = ofPpo.whitensRewards ? AdvantageEstimate.whitened(raw, false) : raw;
    List<double[]> advantages = new ArrayList<>();
    List<double[]> returns = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      double[] advantage = ofPpo.estimate.advantages(rewards.get(i), values.get(i));
      double[] wanted = advantage.clone();
      for (int t = 0; t < wanted.length; t++) {
        wanted[t] += values.get(i)[t];
      }
      advantages.add(advantage);
      returns.add(wanted);
    }
    List<double[]> white = AdvantageEstimate.whitened(advantages, true);
    List<Episode> episodes = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      episodes.add(
          new Episode(
              answers.get(i).ids(),
              answers.get(i).promptLength(),
              true,
              white.get(i),
              before.get(i),
              reference.get(i),
              values.get(i),
              returns.get(i)));
    }
    return episodes;
  }

  @Override
  public List<WeightFile> moreWeights() {
    return List.of(head.file());
  }

  @Override
  String lossSummary() {
    return "%d epochs".formatted(settings().iterations());
  }
}
