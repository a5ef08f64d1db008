package dev.rapt.train.task.reinforce;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.model.CausalLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.reward.RewardSum;
import dev.rapt.text.TextModel;
import dev.rapt.train.Evaluator;
import dev.rapt.train.MetricBound;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.completion.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Training of a decoder on rewards of its own answers. Owns the model, the reference model and the
 * rewards. The model that is trained is the one that samples; the reference model is read from the
 * folder with which the run began, mapped into memory.
 */
abstract class ReinforceRun implements TaskRun<RolloutBatch> {
  private final TaskSetup setup;
  private final CausalLm model;
  private final @Nullable CausalLm reference;
  private final RewardSum rewards;
  private final ReinforceSettings settings;
  private final List<PromptRow> train;
  private final List<PromptRow> heldOut;
  private final AnswerSampler sampler;
  private final ReinforceEvaluator evaluator;
  private RolloutBatches batches;
  private Rollouts rollouts;

  /**
   * What a run is made of.
   *
   * @param reference null if no divergence is computed
   */
  record Parts(
      TaskSetup setup,
      CausalLm model,
      @Nullable CausalLm reference,
      RewardSum rewards,
      ReinforceSettings settings,
      TaskSetup.Split<PromptRow> prompts) {}

  ReinforceRun(Parts parts) {
    setup = parts.setup();
    model = parts.model();
    reference = parts.reference();
    rewards = parts.rewards();
    settings = parts.settings();
    train = parts.prompts().train();
    heldOut = parts.prompts().heldOut();
    sampler =
        new AnswerSampler(
            TextModel.generator(model, setup.tokenizer()),
            greedy(),
            settings.temperature(),
            setup.spec().batchSize() * settings.generations());
    evaluator =
        new ReinforceEvaluator(
            sampler, rewards, heldOut, settings.heldOutGenerations(), setup.spec().seed());
    batches = batches(1);
    rollouts = rollouts(batches);
  }

  /** Returns the options of a greedy answer: of those of the model only its end tokens are kept. */
  private GenerationOptions greedy() {
    GenerationOptionsBuilder builder =
        GenerationOptions.builder().maxNewTokens(settings.maxLength());
    List<Integer> ends =
        GenerationOptions.of(StoredModel.of(setup.tokenizerFolder())).eosTokenIds();
    if (!ends.isEmpty()) {
      builder.eosTokenIds(ends);
    } else if (setup.tokenizer().eosId().isPresent()) {
      builder.eosTokenIds(List.of(setup.tokenizer().eosId().getAsInt()));
    } else {
      throw new IllegalArgumentException(
          "tokenizer: must have an end-of-text token with which answers end, got none");
    }
    return builder.build();
  }

  private RolloutBatches batches(int accumulation) {
    RolloutPlan plan =
        new RolloutPlan(
            setup.spec().batchSize(),
            settings.generations(),
            accumulation * settings.miniBatches(),
            settings.miniBatches(),
            settings.iterations(),
            setup.spec().seed());
    int longest = train.stream().mapToInt(PromptRow::length).max().orElse(0);
    return new RolloutBatches(train, plan, longest + settings.maxLength());
  }

  private Rollouts rollouts(RolloutBatches ofBatches) {
    GroupSampler groups = new GroupSampler(sampler, rewards, ofBatches, settings);
    return new Rollouts(ofBatches.plan(), number -> make(number, groups.sample(number)));
  }

  /** Returns the objective on these rollouts. */
  abstract Objective<RolloutBatch> objective(Rollouts ofRun);

  @Override
  public boolean hasFallingLoss() {
    return false;
  }

  @Override
  public Objective<RolloutBatch> objective() {
    return objective(rollouts);
  }

  /** Makes a rollout of rewarded answers, with the weights that sampled them. */
  abstract Rollout make(long number, GroupSampler.Sampled sampled);

  @Override
  public void begin(Path folder, TrainOptions options, @Nullable Path checkpoint)
      throws IOException {
    batches = batches(options.accumulation());
    rollouts = rollouts(batches);
    if (checkpoint != null) {
      rollouts.restore(checkpoint);
    }
  }

  @Override
  public CausalLm model() {
    return model;
  }

  /** Returns the settings. */
  ReinforceSettings settings() {
    return settings;
  }

  /** Returns how rollouts are used. */
  RolloutPlan plan() {
    return batches.plan();
  }

  /** Returns what computes log-probabilities, as many answers at a time as a batch has. */
  PolicyScores scores() {
    return new PolicyScores(settings.temperature(), plan().answersOfBatch());
  }

  /** Returns log-probabilities under the reference model; empty ones if there is none. */
  List<double[]> referenceOf(List<Answer> answers) {
    return reference == null
        ? answers.stream().map(_ -> new double[0]).toList()
        : scores().logProbs(reference, answers);
  }

  @Override
  public RolloutBatches batches() {
    return batches;
  }

  @Override
  public Evaluator evaluator() {
    return evaluator;
  }

  @Override
  public List<MetricBound> bounds() {
    return settings.bounds();
  }

  /** Returns what the loss is, in a few words. */
  abstract String lossSummary();

  @Override
  public List<String> summary() {
    return List.of(
        "%d prompts, %d held out, %d answers of at most %d tokens to each, %s"
            .formatted(
                train.size(),
                heldOut.size(),
                settings.generations(),
                settings.maxLength(),
                lossSummary()));
  }

  @Override
  public List<String> details() {
    return evaluator.details();
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    TaskTemplate.write(setup, folder);
    rollouts.write(folder);
  }

  @Override
  public void close() {
    model.close();
    if (reference != null) {
      reference.close();
    }
    rewards.close();
  }
}
