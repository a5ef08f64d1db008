package dev.rapt.cli.options;

import dev.rapt.train.Teacher;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of distillation. */
@OptionGroup(
    value = "Distillation",
    tasks = {"classify", "pair", "embed", "grpo", "ppo"})
public final class DistillationArguments {
  @Option(names = "--teacher", paramLabel = "DIR", description = "Learns from this model too:")
  @PerCommand(
      pretrain = "a model of the same kind and tokenizer.",
      finetune =
          "in classify and pair a classifier with the same tokenizer and classes, in embed a model whose vectors are the targets.")
  private @Nullable Path teacher;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description =
          "Temperature of the distributions of teacher and student: above 1 shows more of how"
              + " similar classes or tokens are (default: 2). grpo, ppo: of sampling (default: 1).")
  @Range(min = 0, aboveMin = true, max = 1e6)
  private @Nullable Double temperature;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      description = "Weight of the loss beside that of the teacher:")
  @Range(min = 0)
  @PerCommand(
      pretrain = "that of the text (default: 0.5).",
      finetune = "that of the labels (default: 0.5).")
  private @Nullable Double alpha;

  /** Returns whether a teacher is given. */
  public boolean hasTeacher() {
    return teacher != null;
  }

  /** Passes on each setting that was given, with its name. */
  public void forEach(BiConsumer<String, String> setter) {
    if (teacher != null) {
      setter.accept(Teacher.FOLDER, teacher.toAbsolutePath().toString()); // for --resume
    }
    if (temperature != null) {
      setter.accept(Teacher.TEMPERATURE, temperature.toString());
    }
    if (alpha != null) {
      setter.accept(Teacher.ALPHA, alpha.toString());
    }
  }
}
