package dev.rapt.cli.options;

import dev.rapt.train.finetune.FineTuning;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of distillation. */
@OptionGroup("Distillation")
public final class DistillationArguments {
  @Option(
      names = "--teacher",
      paramLabel = "DIR",
      description =
          "Learns from this model too: a classifier with the same tokenizer and classes, or for"
              + " embed a model whose vectors are the targets.")
  private @Nullable Path teacher;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description =
          "Temperature of the classes of teacher and student: above 1 shows more of how similar"
              + " classes are (default: 2).")
  @Range(min = 0, aboveMin = true, max = 1e6)
  private @Nullable Double temperature;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      description = "Weight of the loss of the labels beside that of the teacher (default: 0.5).")
  @Range(min = 0)
  private @Nullable Double alpha;

  /**
   * Sets the options that are given.
   *
   * @throws IllegalArgumentException if the task does not read one of them
   */
  public void applyTo(FineTuning tuning) {
    if (teacher != null) {
      tuning.set("teacher", teacher.toString());
    }
    if (temperature != null) {
      tuning.set("temperature", temperature.toString());
    }
    if (alpha != null) {
      tuning.set("alpha", alpha.toString());
    }
  }
}
