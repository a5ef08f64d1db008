package dev.rapt.cli.options;

import dev.rapt.train.finetune.FineTuning;
import java.nio.file.Path;
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
      names = "--loss",
      paramLabel = "NAME",
      description =
          "Loss. embed: ranking, symmetric or triplet for pairs and triplets; cosent, cosine or"
              + " contrastive for scored pairs (default: ranking, or cosent if there is a column of"
              + " scores). prefer: dpo, robust, ipo, kto, orpo or simpo (default: dpo). grpo: grpo, bnpo,"
              + " dr_grpo or dapo (default: dapo).")
  private @Nullable String loss;

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
          "classify, pair, summarize, translate: share of each target that is spread over all"
              + " classes or tokens, 0 to 0.99 (default: 0). prefer with dpo, robust or simpo:"
              + " probability that a preference is the wrong way round, below 0.5 (default: 0).")
  @Range(min = 0, max = 0.99)
  private @Nullable Double labelSmoothing;

  @Option(
      names = "--label-names",
      paramLabel = "NAME,...",
      description =
          "tag: names of the tags in the order of their numbers, for files that have numbers in"
              + " place of tags (default: the classes of the model).")
  private @Nullable String labelNames;

  @Option(
      names = "--doc-stride",
      paramLabel = "N",
      description =
          "answer: tokens that neighbouring windows of a long text share, at most half of a window"
              + " (default: 128).")
  @Range(min = 0)
  private @Nullable Integer docStride;

  @Option(
      names = "--max-target-length",
      paramLabel = "N",
      description = "summarize, translate: reads at most N tokens of each target (default: 128).")
  @Range(min = 2, max = 1 << 20)
  private @Nullable Integer maxTarget;

  @Option(
      names = "--eval-samples",
      paramLabel = "N",
      description =
          "summarize, translate: held-out examples for which a text is generated and scored in each"
              + " evaluation; 0 for none (default: 200).")
  @Range(min = 0, max = 1 << 20)
  private @Nullable Integer evalSamples;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description =
          "summarize, translate: text in front of each source (default: what the model's config.json"
              + " says).")
  private @Nullable String prefix;

  @Option(
      names = "--from",
      paramLabel = "LANG",
      description = "translate: source language, for multilingual models.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "LANG",
      description = "translate: target language, for multilingual models.")
  private @Nullable String to;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description =
          "instruct, prefer, reward, grpo, ppo: Jinja template of conversations (default: that of the model).")
  private @Nullable Path chatTemplate;

  @Option(
      names = "--no-packing",
      description = "instruct: one conversation to a row, rather than as many as fit.")
  private boolean noPacking;

  /**
   * Sets what the command line gives.
   *
   * @throws IllegalArgumentException if the task does not have a setting
   */
  public void apply(FineTuning tuning) {
    set(tuning, "loss", loss);
    set(tuning, "class-weights", classWeights);
    set(tuning, "label-smoothing", labelSmoothing);
    set(tuning, "label-names", labelNames);
    set(tuning, "doc-stride", docStride);
    set(tuning, "max-target-length", maxTarget);
    set(tuning, "eval-samples", evalSamples);
    set(tuning, "prefix", prefix);
    set(tuning, "from", from);
    set(tuning, "to", to);
    set(tuning, "chat-template", chatTemplate == null ? null : chatTemplate.toAbsolutePath());
    set(tuning, "no-packing", noPacking ? true : null);
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
