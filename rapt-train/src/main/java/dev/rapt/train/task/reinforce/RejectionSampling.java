package dev.rapt.train.task.reinforce;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.reward.RewardSum;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.random.Philox;
import dev.rapt.train.task.completion.AnswerTexts;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rejection sampling: samples answers to prompts and keeps the best one of each, so that the model,
 * or a smaller one, can be tuned on them. STaR, arXiv:2203.14465; Llama 2, arXiv:2307.09288,
 * section 3.2.3.
 *
 * @param model answers the prompts
 * @param texts makes the texts of prompts
 * @param column column of the prompt
 * @param rewards reward the answers
 * @param options how answers are sampled
 */
public record RejectionSampling(
    TextModel model, AnswerTexts texts, String column, RewardSum rewards, Options options) {
  private static final String COMPLETION = "completion";
  private static final String REWARD = "reward";

  /**
   * How answers are sampled.
   *
   * @param samples answers to a prompt
   * @param maxTokens most tokens of an answer
   * @param stops texts before which an answer ends
   * @param leastReward a best answer with a smaller reward is left out
   * @param batchSize answers that are generated at a time
   * @param seed the answers are a function of it, the prompt and its place
   */
  public record Options(
      int samples,
      int maxTokens,
      List<String> stops,
      double temperature,
      double leastReward,
      int batchSize,
      long seed) {
    /** Copies the list. */
    public Options {
      stops = List.copyOf(stops);
    }
  }

  /**
   * How many prompts were answered.
   *
   * @param kept prompts whose best answer was kept
   * @param meanReward mean reward of all answers
   */
  public record Result(int prompts, int kept, double meanReward) {}

  /**
   * Samples with a model.
   *
   * @param template the chat template; empty for prompts as they are
   */
  public static RejectionSampling of(
      TextModel model,
      Optional<ChatTemplate> template,
      String column,
      RewardSum rewards,
      Options options) {
    return new RejectionSampling(
        model, new AnswerTexts(template.orElse(null)), column, rewards, options);
  }

  /**
   * Answers the prompts of examples.
   *
   * @param kept receives each example that is kept, with {@code completion} and {@code reward}
   * @throws dev.rapt.train.example.ExampleException if a prompt cannot be used or a reward fails
   */
  public Result run(List<Example> examples, Consumer<ObjectNode> kept) {
    GenerationOptions greedy =
        GenerationOptions.builder()
            .maxNewTokens(options.maxTokens())
            .stopStrings(options.stops())
            .eosTokenIds(model.defaults().eosTokenIds())
            .build();
    AnswerSampler sampler =
        new AnswerSampler(model.generator(), greedy, options.temperature(), options.batchSize());
    PromptReader reader =
        new PromptReader(
            column, texts, model.tokenizer(), model.maxPositions() - options.maxTokens());
    List<PromptRow> prompts = reader.read(examples);
    int atOnce = Math.max(1, options.batchSize() / options.samples());
    int numKept = 0;
    double sum = 0;
    for (int from = 0; from < prompts.size(); from += atOnce) {
      List<PromptRow> some = prompts.subList(from, Math.min(prompts.size(), from + atOnce));
      long[] seeds = new long[some.size()];
      for (int i = 0; i < seeds.length; i++) {
        seeds[i] = Philox.bits(options.seed(), 0, from + i);
      }
      List<List<SampledAnswer>> answers = sampler.sample(some, options.samples(), seeds);
      for (int i = 0; i < some.size(); i++) {
        Best best = best(some.get(i), answers.get(i));
        sum += best.sum;
        if (best.reward >= options.leastReward()) {
          numKept++;
          kept.accept(
              some.get(i)
                  .example()
                  .fields()
                  .deepCopy()
                  .put(COMPLETION, best.text)
                  .put(REWARD, best.reward));
        }
      }
    }
    double meanReward = sum / Math.max(1, prompts.size() * options.samples());
    return new Result(prompts.size(), numKept, meanReward);
  }

  /** The first answer with the highest reward; {@code sum} is that of all rewards. */
  private record Best(String text, double reward, double sum) {}

  private Best best(PromptRow prompt, List<SampledAnswer> answers) {
    List<String> texts = answers.stream().map(SampledAnswer::text).toList();
    double[][] parts = rewards.partsOf(prompt.text(), texts, prompt.example());
    int best = 0;
    double sum = 0;
    for (int i = 0; i < parts.length; i++) {
      sum += rewards.sum(parts[i]);
      best = rewards.sum(parts[i]) > rewards.sum(parts[best]) ? i : best;
    }
    return new Best(texts.get(best), rewards.sum(parts[best]), sum);
  }
}
