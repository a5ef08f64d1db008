package dev.rapt.cli.options;

import dev.rapt.train.task.FineTuning;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The settings of the tasks of fine-tuning. */
@OptionGroup("Task")
public final class TaskArguments {
  private enum ClassWeights {
    none,
    balanced
  }

  @Option(
      names = "--class-weights",
      paramLabel = "KIND",
      description =
          "classify, pair: weights of the classes in the loss: none or balanced; balanced lets all"
              + " classes count alike, however rare (default: none).")
  private @Nullable ClassWeights classWeights;

  @Option(
      names = "--label-smoothing",
      paramLabel = "X",
      description =
          "classify, pair: share of each target that is spread over all classes, in [0, 1)"
              + " (default: 0).")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Double labelSmoothing;

  @Option(
      names = "--doc-stride",
      paramLabel = "N",
      description =
          "answer: tokens that neighbouring windows of a long text share, at most half of a window"
              + " (default: 128).")
  @Range(min = 0)
  private @Nullable Integer docStride;

  /**
   * Sets what the command line gives.
   *
   * @throws IllegalArgumentException if the task does not have a setting
   */
  public void apply(FineTuning tuning) {
    set(tuning, "class-weights", classWeights);
    set(tuning, "label-smoothing", labelSmoothing);
    set(tuning, "doc-stride", docStride);
  }

  private static void set(FineTuning tuning, String setting, @Nullable Object value) {
    if (value == null) {
      return;
    }
    if (!tuning.task().settings().contains(setting)) {
      throw new IllegalArgumentException(
          "--%s: must come with a task that has it, got --task %s; leave it out"
              .formatted(setting, tuning.task().name()));
    }
    tuning.set(setting, value.toString());
  }
}
