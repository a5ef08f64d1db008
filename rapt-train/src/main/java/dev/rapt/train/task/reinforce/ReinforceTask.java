package dev.rapt.train.task.reinforce;

import dev.rapt.model.CausalLm;
import dev.rapt.model.load.Loading;
import dev.rapt.reward.Reward;
import dev.rapt.reward.RewardSum;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.AnswerTexts;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task that learns from rewards of the model's own answers to prompts. */
abstract class ReinforceTask implements Task {
  private static final String PROMPT = "prompt";
  private static final String ANSWER = "answer";
  private static final List<String> PROMPT_NAMES = List.of(PROMPT, "question", "input");
  private static final double USUAL_LR = 1e-6;

  private final RewardSum.@Nullable Part given;

  /**
   * A task.
   *
   * @param reward the reward; null for those that the settings name
   */
  ReinforceTask(@Nullable Reward reward) {
    given = reward == null ? null : new RewardSum.Part("given", 1, reward);
  }

  /** Returns the settings of this task alone. */
  abstract Set<String> ownSettings();

  /** Returns what the task has by default. */
  abstract ReinforceSettings.Usual usual();

  /** Checks the settings of this task. */
  abstract void check(TaskSetup setup);

  /** Makes the run. */
  abstract ReinforceRun run(ReinforceRun.Parts parts);

  @Override
  public Set<String> settings() {
    Set<String> all = new HashSet<>(ReinforceSettings.SHARED);
    all.addAll(Set.of(AnswerTexts.PLAIN_TEXT, TaskTemplate.SETTING));
    all.addAll(ownSettings());
    return all;
  }

  @Override
  public Set<String> columns() {
    return Set.of(PROMPT, ANSWER);
  }

  @Override
  public String command() {
    return "generate %s --prompt \"...\"";
  }

  @Override
  public double learningRate() {
    return USUAL_LR;
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    check(setup);
    requireStart(setup);
    TuningSpec spec = setup.spec();
    AnswerTexts texts = AnswerTexts.of(setup);
    TaskSetup.Split<Example> examples = setup.examples();
    String prompt = Columns.of(spec, PROMPT, PROMPT_NAMES, examples.train().getFirst());
    String answer = spec.columns().getOrDefault(ANSWER, ANSWER);
    RewardSum rewards = ReinforceSettings.rewards(setup, given, answer);
    CausalLm model = null;
    try {
      model =
          CausalLm.load(
              setup.folder(), setup.folder().resolve("config.json"), setup.loading().trained());
      int context = model.config().maxPositions();
      int most = setup.maxTokens(context, context);
      ReinforceSettings settings = ReinforceSettings.read(setup, usual(), most);
      PromptReader reader =
          new PromptReader(prompt, texts, setup.tokenizer(), most - settings.maxLength());
      TaskSetup.Split<PromptRow> prompts =
          new TaskSetup.Split<>(reader.read(examples.train()), reader.read(examples.heldOut()));
      CausalLm reference =
          settings.needsReference() ? CausalLm.load(setup.tokenizerFolder()) : null;
      return run(new ReinforceRun.Parts(setup, model, reference, rewards, settings, prompts));
    } catch (RuntimeException e) {
      if (model != null) {
        model.close();
      }
      rewards.close();
      throw e;
    }
  }

  private void requireStart(TaskSetup setup) {
    if (setup.loading().start() == Loading.Start.FRESH) {
      throw new IllegalArgumentException(
          "--from-scratch: must not come with the task %s, which learns from answers that are sometimes right; leave it out"
              .formatted(name()));
    }
    TuningSpec.AdapterSpec adapter = setup.spec().adapter();
    if (adapter != null && adapter.dropout() != 0) {
      throw new IllegalArgumentException(
          "--lora-dropout: must be 0 for the task %s, whose answers are sampled without dropout, got %s"
              .formatted(name(), adapter.dropout()));
    }
  }
}
