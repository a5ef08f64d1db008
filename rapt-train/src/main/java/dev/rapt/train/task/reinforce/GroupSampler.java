package dev.rapt.train.task.reinforce;

import dev.rapt.reward.RewardSum;
import dev.rapt.train.random.Philox;
import dev.rapt.train.task.reinforce.loss.GroupAdvantages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/** Samples the answers of a rollout and rewards them. */
final class GroupSampler {
  /** Metric: mean reward of an answer. */
  static final String REWARD = "reward";

  /** Rollouts from the beginning without signal after which the run ends. */
  private static final int MOST_WITHOUT_SIGNAL = 20;

  private static final long SEED_STREAM = -4;

  private final AnswerSampler sampler;
  private final RewardSum rewards;
  private final RolloutBatches batches;
  private final ReinforceSettings settings;
  private int withoutSignal;
  private boolean hadSignal;

  GroupSampler(
      AnswerSampler sampler,
      RewardSum rewards,
      RolloutBatches batches,
      ReinforceSettings settings) {
    this.sampler = sampler;
    this.rewards = rewards;
    this.batches = batches;
    this.settings = settings;
  }

  /**
   * The answers of a rollout.
   *
   * @param groups those that are trained on
   * @param metrics measured on all that were sampled
   */
  record Sampled(List<Group> groups, LinkedHashMap<String, Double> metrics) {
    /** The answers of groups of which each was kept. */
    static Sampled of(List<Group> groups) {
      return new Sampled(groups, GroupSampler.metrics(groups));
    }
  }

  /**
   * Samples a rollout with the weights as they are. Dynamic sampling (DAPO, arXiv:2503.14476,
   * section 3.2) replaces prompts whose answers have equal rewards, in some rounds at most; those
   * that are left stay, without effect.
   *
   * @throws dev.rapt.train.example.ExampleException if a reward fails
   * @throws IllegalArgumentException if no group has had a signal since training began
   */
  Sampled sample(long rollout) {
    List<Group> all = groups(batches.prompts(rollout), rollout, 0);
    List<Group> kept = new ArrayList<>(all);
    int wanted = kept.size();
    int spares = 0;
    for (int round = 0; round < settings.dynamicSampling(); round++) {
      List<Group> useless = kept.stream().filter(group -> !group.hasSignal()).toList();
      if (useless.isEmpty()) {
        break;
      }
      List<Group> more =
          groups(batches.spares(rollout, spares, useless.size()), rollout, wanted + spares);
      spares += useless.size();
      all.addAll(more);
      List<Group> better = more.stream().filter(Group::hasSignal).toList();
      for (int i = 0; i < better.size(); i++) {
        kept.set(kept.indexOf(useless.get(i)), better.get(i));
      }
    }
    requireSignal(all);
    return new Sampled(kept, metrics(all));
  }

  private List<Group> groups(List<PromptRow> prompts, long rollout, int from) {
    long[] seeds = new long[prompts.size()];
    long key = Philox.bits(batches.plan().seed(), SEED_STREAM, rollout);
    Arrays.setAll(seeds, i -> Philox.bits(key, SEED_STREAM, from + i));
    List<List<SampledAnswer>> answers = sampler.sample(prompts, settings.generations(), seeds);
    List<Group> groups = new ArrayList<>();
    for (int p = 0; p < prompts.size(); p++) {
      groups.add(group(prompts.get(p), answers.get(p)));
    }
    return groups;
  }

  private Group group(PromptRow prompt, List<SampledAnswer> answers) {
    List<String> texts = answers.stream().map(SampledAnswer::text).toList();
    double[][] parts = rewards.partsOf(prompt.text(), texts, prompt.example());
    double[] sums = new double[parts.length];
    for (int i = 0; i < sums.length; i++) {
      SampledAnswer answer = answers.get(i);
      sums[i] = rewards.sum(parts[i]) + settings.lengthPenalty(answer.length(), answer.isCut());
    }
    return new Group(prompt, answers, sums);
  }

  private void requireSignal(List<Group> groups) {
    boolean hasSignal =
        settings.comparesPrompts()
            ? groups.stream()
                    .flatMapToDouble(group -> Arrays.stream(group.rewards()))
                    .distinct()
                    .count()
                > 1
            : groups.stream().anyMatch(Group::hasSignal);
    hadSignal |= hasSignal;
    withoutSignal++;
    if (!hadSignal && withoutSignal >= MOST_WITHOUT_SIGNAL) {
      Group last = groups.getLast();
      throw last.prompt()
          .example()
          .error(
              "the reward must tell some answers apart, but in the first %d rollouts all answers to a prompt had the same, here %s, as \"%s\"; begin with a model that is sometimes right, use easier prompts, or pass a reward with steps"
                  .formatted(
                      MOST_WITHOUT_SIGNAL, last.rewards()[0], last.answers().getFirst().text()));
    }
  }

  @SuppressWarnings("NonApiType") // the order is that of the metrics file
  private static LinkedHashMap<String, Double> metrics(List<Group> groups) {
    double[] rewards =
        groups.stream().flatMapToDouble(group -> Arrays.stream(group.rewards())).toArray();
    List<SampledAnswer> answers =
        groups.stream().flatMap(group -> group.answers().stream()).toList();
    double n = answers.size();
    LinkedHashMap<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(REWARD, GroupAdvantages.mean(rewards));
    metrics.put("reward_std", GroupAdvantages.deviation(rewards));
    if (groups.getFirst().answers().size() > 1) {
      long useless = groups.stream().filter(group -> !group.hasSignal()).count();
      metrics.put("zero_std", (double) useless / groups.size());
    }
    metrics.put("length", answers.stream().mapToInt(SampledAnswer::length).sum() / n);
    metrics.put("truncated", answers.stream().filter(SampledAnswer::isCut).count() / n);
    return metrics;
  }
}
