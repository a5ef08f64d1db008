package dev.rapt.train.finetune;

import dev.rapt.reward.Reward;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.embed.EmbedTask;
import dev.rapt.train.task.generate.InstructTask;
import dev.rapt.train.task.generate.TextToTextTask;
import dev.rapt.train.task.prefer.PreferTask;
import dev.rapt.train.task.prefer.RewardTask;
import dev.rapt.train.task.reinforce.GrpoTask;
import dev.rapt.train.task.reinforce.PpoTask;
import dev.rapt.train.task.sequence.ClassifyTask;
import dev.rapt.train.task.sequence.RankTask;
import dev.rapt.train.task.sequence.RegressTask;
import dev.rapt.train.task.token.AnswerTask;
import dev.rapt.train.task.token.TagTask;
import java.util.List;
import java.util.stream.Collectors;

/** The tasks of fine-tuning. */
public final class Tasks {
  /** In the order in which the help lists them. */
  public static final List<Task> ALL =
      List.of(
          new ClassifyTask(false),
          new ClassifyTask(true),
          new RegressTask(),
          new TagTask(),
          new AnswerTask(),
          new RankTask(),
          new EmbedTask(),
          new TextToTextTask(TextToTextTask.Kind.SUMMARIZE),
          new TextToTextTask(TextToTextTask.Kind.TRANSLATE),
          new InstructTask(),
          new PreferTask(),
          new RewardTask(),
          new GrpoTask(null),
          new PpoTask(null));

  private Tasks() {}

  /**
   * Returns the task of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Task named(String name) {
    return ALL.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("task: must be %s, got %s".formatted(names(), name)));
  }

  /**
   * Returns the task grpo with a reward of one's own.
   *
   * <pre>{@code
   * Task task = Tasks.grpo((prompt, answer, example) -> answer.endsWith(".") ? 1 : 0);
   * FineTuning.of(task, base).train(prompts).run(folder);
   * }</pre>
   */
  public static Task grpo(Reward reward) {
    return new GrpoTask(reward);
  }

  /** Returns the task ppo with a reward of one's own. */
  public static Task ppo(Reward reward) {
    return new PpoTask(reward);
  }

  /** Returns the names: {@code classify, tag or answer}. */
  public static String names() {
    String all = ALL.stream().map(Task::name).collect(Collectors.joining(", "));
    int last = all.lastIndexOf(", ");
    return all.substring(0, last) + " or " + all.substring(last + 2);
  }
}
