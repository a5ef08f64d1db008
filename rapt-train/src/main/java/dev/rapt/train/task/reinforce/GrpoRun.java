package dev.rapt.train.task.reinforce;

import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.reinforce.loss.Episode;
import dev.rapt.train.task.reinforce.loss.GroupAdvantages;
import dev.rapt.train.task.reinforce.loss.GrpoLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Training by GRPO. */
final class GrpoRun extends ReinforceRun {
  private static final double[] NONE = {};

  private final GrpoLoss loss;
  private final GroupAdvantages.Scale scale;

  GrpoRun(Parts parts, GrpoLoss loss, GroupAdvantages.Scale scale) {
    super(parts);
    this.loss = loss;
    this.scale = scale;
  }

  @Override
  GrpoObjective objective(Rollouts rollouts) {
    return new GrpoObjective(model(), loss, plan(), rollouts, settings().temperature());
  }

  @Override
  Rollout make(long number, GroupSampler.Sampled sampled) {
    List<SampledAnswer> answers =
        sampled.groups().stream().flatMap(group -> group.answers().stream()).toList();
    List<Answer> tokens = answers.stream().map(SampledAnswer::answer).toList();
    double[] advantages =
        GroupAdvantages.of(sampled.groups().stream().map(Group::rewards).toList(), scale).stream()
            .flatMapToDouble(Arrays::stream)
            .toArray();
    List<double[]> before =
        plan().isReused()
            ? scores().logProbs(model(), tokens)
            : tokens.stream().map(_ -> NONE).toList();
    List<double[]> reference = referenceOf(tokens);
    List<Episode> episodes = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      SampledAnswer answer = answers.get(i);
      double[] ofTokens = new double[answer.length()];
      Arrays.fill(ofTokens, advantages[i]);
      episodes.add(
          new Episode(
              answer.answer().ids(),
              answer.answer().promptLength(),
              !(answer.isCut() && settings().masksTruncated()),
              ofTokens,
              before.get(i),
              reference.get(i),
              NONE,
              NONE));
    }
    return new Rollout(number, episodes, sampled.metrics());
  }

  @Override
  String lossSummary() {
    return "loss %s".formatted(loss.kind().label());
  }
}
