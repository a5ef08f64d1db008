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

  private enum Sharing {
    es,
    nes,
    gdes
  }

  @Option(
      names = "--fim-rate",
      paramLabel = "SHARE",
      description =
          "causal: share of the documents that are rearranged for filling in the middle (default:"
              + " 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double fimRate;

  @Option(
      names = "--spm-rate",
      paramLabel = "SHARE",
      description =
          "causal: share of the rearranged documents whose suffix comes first (default: 0.5).")
  @Range(min = 0, max = 1)
  private @Nullable Double spmRate;

  @Option(
      names = "--predict-tokens",
      paramLabel = "N",
      description =
          "causal: tokens that each position predicts, 1 to 4, with the modules of DeepSeek-V3;"
              + " for presets of Llama's shape (default: 1).")
  @Range(min = 1, max = 4)
  private @Nullable Integer predictTokens;

  @Option(
      names = "--predict-weight",
      paramLabel = "X",
      description =
          "causal: weight of the mean loss of the tokens after the next one (default: 0.3).")
  @Range(min = 0, max = 100)
  private @Nullable Double predictWeight;

  @Option(
      names = "--mask-rate",
      paramLabel = "SHARE",
      description =
          "masked, replaced, denoise: share of the tokens that are masked (default: 0.15; denoise"
              + " 0.3).")
  @Range(min = 0.01, max = 0.99)
  private @Nullable Double maskRate;

  @Option(
      names = "--static-masking",
      description = "masked: masks the same tokens of a text in each epoch.")
  private boolean staticMasking;

  @Option(
      names = "--whole-word",
      description = "masked, replaced: masks all tokens of a word or none.")
  private boolean wholeWord;

  @Option(
      names = "--generator-size",
      paramLabel = "SHARE",
      description =
          "replaced: size of the generator as a share of the model, in ELECTRA of its width"
              + " (default: 0.25), in DeBERTaV3 of its layers (default: 0.5).")
  @Range(min = 0.01, max = 1)
  private @Nullable Double generatorSize;

  @Option(
      names = "--detection-weight",
      paramLabel = "X",
      description = "replaced: weight of the loss of detection (default: 50).")
  @Range(min = 0, max = 1e6)
  private @Nullable Double detectionWeight;

  @Option(
      names = "--embedding-sharing",
      paramLabel = "KIND",
      description =
          "replaced: sharing of embeddings between model and generator: es, nes or gdes; es shares"
              + " them as ELECTRA does, nes does not, gdes disentangles their gradients as DeBERTaV3"
              + " does (default: by the preset).")
  private @Nullable Sharing embeddingSharing;

  @Option(
      names = "--pairs",
      paramLabel = "KIND",
      description =
          "masked: predicts how two texts follow each other too: none, next or order; next-sentence"
              + " prediction is BERT's, sentence-order prediction ALBERT's (default: none).")
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

  @Option(
      names = "--eval-samples",
      paramLabel = "N",
      description =
          "translate: held-out pairs whose source is translated and scored by BLEU in each"
              + " evaluation; 0 for none (default: 200).")
  @Range(min = 0, max = 1 << 20)
  private @Nullable Integer evalSamples;

  /** Passes on each setting that was given, with its name. */
  public void forEach(BiConsumer<String, String> setter) {
    pass(setter, "fim-rate", fimRate);
    pass(setter, "spm-rate", spmRate);
    pass(setter, "predict-tokens", predictTokens);
    pass(setter, "predict-weight", predictWeight);
    pass(setter, "mask-rate", maskRate);
    pass(setter, "static-masking", staticMasking ? true : null);
    pass(setter, "whole-word", wholeWord ? true : null);
    pass(setter, "generator-size", generatorSize);
    pass(setter, "detection-weight", detectionWeight);
    pass(setter, "embedding-sharing", embeddingSharing);
    pass(setter, "pairs", pairs);
    pass(setter, "noise-density", noiseDensity);
    pass(setter, "mean-span", meanSpan);
    pass(setter, "noise", noise);
    pass(setter, "label-smoothing", labelSmoothing);
    pass(setter, "eval-samples", evalSamples);
  }

  private static void pass(BiConsumer<String, String> setter, String name, @Nullable Object value) {
    if (value != null) {
      setter.accept(name, value.toString());
    }
  }
}
