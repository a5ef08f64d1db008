package dev.rapt.cli.options;

import dev.rapt.generate.options.GenerationOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of sampling and contrastive search. */
@OptionGroup("Choice of the next token")
final class DrawingArguments {
  private static final double TEMPERATURE = 0.8;
  private static final double TOP_P = 0.95;

  @Option(
      names = {"-t", "--temperature"},
      paramLabel = "X",
      description =
          "Samples at this temperature: lower is more predictable, 0 always takes the best token"
              + " (default: 0.8; 0 for encoder-decoders, beam search and contrastive search).")
  @Range(min = 0, max = 1e6, belowMax = true)
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Samples among the N best tokens; 0 for all (default: 0).")
  @Range(min = 0)
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Samples among the best tokens with total probability P; 1 for all (default: 0.95).")
  @Range(min = 0, max = 1)
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Removes tokens less likely than P times the best token; 0 to 1 (default: 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double minP;

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      description =
          "Samples among the typical tokens with total probability P; 1 for all (default: 1).")
  @Range(min = 0, max = 1)
  private @Nullable Double typicalP;

  @Option(
      names = "--epsilon-cutoff",
      paramLabel = "P",
      description = "Removes tokens with a probability below P; 0 to 1 (default: 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double epsilonCutoff;

  @Option(
      names = "--eta-cutoff",
      paramLabel = "P",
      description =
          "Removes tokens as --epsilon-cutoff does, but fewer of a flat distribution (default: 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double etaCutoff;

  @Option(
      names = "--top-h",
      paramLabel = "P",
      description =
          "Samples among the best tokens with the share P of the entropy; 0 for all (default: 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double topH;

  @Option(
      names = "--penalty-alpha",
      paramLabel = "P",
      description =
          "Runs contrastive search among --top-k tokens; P weighs the penalty for similarity to"
              + " earlier tokens, for example 0.6 with --top-k 4; 0 for none (default: 0).")
  @Range(min = 0, max = 1)
  private @Nullable Double penaltyAlpha;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Seed of sampling; equal seeds give equal texts (default: a new seed for each call).")
  @Range
  private @Nullable Long seed;

  /**
   * Sets the given options in a builder.
   *
   * @param samples whether sampling is the default; otherwise the builder's setting is
   * @param searchesBeams whether beam search runs
   */
  void applyTo(GenerationOptionsBuilder builder, boolean samples, boolean searchesBeams) {
    boolean isContrastive = penaltyAlpha != null && penaltyAlpha > 0;
    if (isContrastive) {
      checkContrastive(searchesBeams);
    }
    if (samples) {
      boolean byDefault = !searchesBeams && !isContrastive;
      builder.topK(0).topP(byDefault ? TOP_P : 1).temperature(byDefault ? TEMPERATURE : 0);
    }
    if (temperature != null) {
      builder.temperature(temperature);
    }
    if (isContrastive) {
      builder.doSample(false);
    }
    builder.seed(seed == null ? System.nanoTime() : seed);
    GenerationArguments.set(topK, builder::topK);
    GenerationArguments.set(topP, builder::topP);
    GenerationArguments.set(minP, builder::minP);
    GenerationArguments.set(typicalP, builder::typicalP);
    GenerationArguments.set(epsilonCutoff, builder::epsilonCutoff);
    GenerationArguments.set(etaCutoff, builder::etaCutoff);
    GenerationArguments.set(topH, builder::topH);
    GenerationArguments.set(penaltyAlpha, builder::penaltyAlpha);
    if (!builder.build().sampling().doSample()) {
      refuseSamplingOptions(isContrastive);
    }
  }

  private void checkContrastive(boolean searchesBeams) {
    if (topK == null || topK < 2) {
      throw new IllegalArgumentException(
          "--penalty-alpha: must come with --top-k of at least 2, got "
              + (topK == null ? "none" : topK));
    }
    if (searchesBeams || (temperature != null && temperature > 0)) {
      throw new IllegalArgumentException(
          "--penalty-alpha: must come without --beams and --temperature, got one of them too; choose one");
    }
  }

  private void refuseSamplingOptions(boolean isContrastive) {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("--top-k", isContrastive ? null : topK);
    options.put("--top-p", topP);
    options.put("--min-p", minP);
    options.put("--typical-p", typicalP);
    options.put("--epsilon-cutoff", epsilonCutoff);
    options.put("--eta-cutoff", etaCutoff);
    options.put("--top-h", topH);
    GenerationArguments.refuse(
        options,
        "sampling, got a search for the best token; pass --temperature above 0, or leave it out");
  }
}
