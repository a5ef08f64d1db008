package dev.rapt.cli.options;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The settings of the objectives of pretraining. */
@OptionGroup("Objective")
public final class ObjectiveArguments {
  private enum Pairs {
    none,
    next,
    order
  }

  @Option(
      names = "--mask-rate",
      paramLabel = "SHARE",
      description =
          "masked, denoise: share of the tokens that are masked (default: 0.15; denoise 0.3).")
  @Range(min = 0.01, max = 0.99)
  private @Nullable Double maskRate;

  @Option(
      names = "--static-masking",
      description = "masked: masks the same tokens of a text in each epoch.")
  private boolean staticMasking;

  @Option(names = "--whole-word", description = "masked: masks all tokens of a word or none.")
  private boolean wholeWord;

  @Option(
      names = "--pairs",
      paramLabel = "KIND",
      description =
          "masked: predicts how two texts follow each other too: none, next (next-sentence"
              + " prediction, BERT) or order (sentence-order prediction, ALBERT) (default: none).")
  private @Nullable Pairs pairs;

  @Option(
      names = "--noise-density",
      paramLabel = "SHARE",
      description = "span: share of the tokens that are removed (default: 0.15).")
  @Range(min = 0.01, max = 0.9)
  private @Nullable Double noiseDensity;

  @Option(
      names = "--mean-span",
      paramLabel = "N",
      description = "span, denoise: mean length of removed spans in tokens (default: 3).")
  @Range(min = 1, max = 100)
  private @Nullable Double meanSpan;

  @Option(
      names = "--noise",
      paramLabel = "KINDS",
      description =
          "denoise: corruptions of a text, joined by +: infill, permute, mask, delete, rotate"
              + " (default: permute+infill).")
  private @Nullable String noise;

  @Option(
      names = "--label-smoothing",
      paramLabel = "SHARE",
      description = "translate: label smoothing (default: 0.1).")
  @Range(min = 0, max = 0.99)
  private @Nullable Double labelSmoothing;

  /** Passes on each setting that was given, with its name. */
  public void forEach(BiConsumer<String, String> setter) {
    pass(setter, "mask-rate", maskRate);
    pass(setter, "static-masking", staticMasking ? true : null);
    pass(setter, "whole-word", wholeWord ? true : null);
    pass(setter, "pairs", pairs);
    pass(setter, "noise-density", noiseDensity);
    pass(setter, "mean-span", meanSpan);
    pass(setter, "noise", noise);
    pass(setter, "label-smoothing", labelSmoothing);
  }

  private static void pass(BiConsumer<String, String> setter, String name, @Nullable Object value) {
    if (value != null) {
      setter.accept(name, value.toString());
    }
  }
}
