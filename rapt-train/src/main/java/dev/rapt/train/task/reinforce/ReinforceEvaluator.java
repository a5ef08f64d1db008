package dev.rapt.train.task.reinforce;

import dev.rapt.reward.RewardSum;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the mean reward of answers to held-out prompts; the loss is its negative. The sum counts
 * the rewards alone, without penalties of lengths.
 */
final class ReinforceEvaluator implements Evaluator {
  private static final int SHOWN = 3;
  private static final long SEED_STREAM = -5;

  private final AnswerSampler sampler;
  private final RewardSum rewards;
  private final List<PromptRow> prompts;
  private final int generations;
  private final long seed;
  private List<String> details = List.of();

  /**
   * An evaluator.
   *
   * @param generations sampled answers to a prompt; 1 for a greedy one
   */
  ReinforceEvaluator(
      AnswerSampler sampler,
      RewardSum rewards,
      List<PromptRow> prompts,
      int generations,
      long seed) {
    this.sampler = sampler;
    this.rewards = rewards;
    this.prompts = prompts;
    this.generations = generations;
    this.seed = seed;
  }

  @Override
  public Measurement measure() {
    long[] seeds = new long[prompts.size()];
    Arrays.setAll(seeds, i -> Philox.bits(seed, SEED_STREAM, i));
    List<List<SampledAnswer>> all =
        generations == 1 ? sampler.greedy(prompts) : sampler.sample(prompts, generations, seeds);
    double[] partSums = new double[rewards.parts().size()];
    double total = 0;
    long tokens = 0;
    long cut = 0;
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      PromptRow prompt = prompts.get(i);
      List<SampledAnswer> answers = all.get(i);
      double[][] parts =
          rewards.partsOf(
              prompt.text(), answers.stream().map(SampledAnswer::text).toList(), prompt.example());
      for (double[] each : parts) {
        total += rewards.sum(each);
        Arrays.setAll(partSums, p -> partSums[p] + each[p]);
      }
      tokens += answers.stream().mapToInt(SampledAnswer::length).sum();
      cut += answers.stream().filter(SampledAnswer::isCut).count();
      if (i < SHOWN) {
        shown.add(
            "prompt: %s\nanswer: %s\nreward: %.4f"
                .formatted(prompt.text(), answers.getFirst().text(), rewards.sum(parts[0])));
      }
    }
    details = shown;
    double n = (double) all.size() * generations;
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(GroupSampler.REWARD, total / n);
    for (int p = 0; p < partSums.length && partSums.length > 1; p++) {
      metrics.put("reward_" + rewards.parts().get(p).name(), partSums[p] / n);
    }
    metrics.put("length", tokens / n);
    metrics.put("truncated", cut / n);
    return new Measurement(-total / n, (long) n, metrics, GroupSampler.REWARD);
  }

  /** Returns some prompts with answers of the last evaluation. */
  List<String> details() {
    return details;
  }
}
