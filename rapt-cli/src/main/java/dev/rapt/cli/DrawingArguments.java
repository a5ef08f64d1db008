package dev.rapt.cli;

import dev.rapt.generate.GenerationOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the next token is chosen among those that a model finds likely. */
@OptionGroup("Choice of the next token")
final class DrawingArguments {
  private static final double TEMPERATURE = 0.8;
  private static final double TOP_P = 0.95;

  @Option(
      names = {"-t", "--temperature"},
      paramLabel = "X",
      description =
          "Divides the scores: below 1 is safer, 0 takes the best (default: 0.8; encoder-decoders,"
              + " beams and contrastive search take the best).")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Draw from the N best tokens; 0 for all (default: 0).")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Draw from the best tokens of this probability together; 1 for all (default: 0.95).")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Leave out what is less likely than this share of the best (default: 0).")
  private @Nullable Double minP;

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      description = "Draw from the typical tokens of this mass; 1 for all (default: 1).")
  private @Nullable Double typicalP;

  @Option(
      names = "--epsilon-cutoff",
      paramLabel = "P",
      description = "Leave out what is less likely than this (default: 0).")
  private @Nullable Double epsilonCutoff;

  @Option(
      names = "--eta-cutoff",
      paramLabel = "P",
      description = "The same, less strict where many tokens are likely (default: 0).")
  private @Nullable Double etaCutoff;

  @Option(
      names = "--top-h",
      paramLabel = "P",
      description = "Draw from the best tokens with this share of the entropy (default: 0, off).")
  private @Nullable Double topH;

  @Option(
      names = "--penalty-alpha",
      paramLabel = "P",
      description =
          "Contrastive search among --top-k tokens: weight of being unlike what was written, as 0.6"
              + " with --top-k 4 (default: 0, off).")
  private @Nullable Double penaltyAlpha;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same text (default: a new one each time).")
  private @Nullable Long seed;

  /**
   * Puts into a builder what is given.
   *
   * @param draws whether tokens are drawn unless something else is asked for; else it is as the
   *     builder says
   * @param searchesBeams whether there are beams
   */
  void applyTo(GenerationOptionsBuilder builder, boolean draws, boolean searchesBeams) {
    boolean contrasts = penaltyAlpha != null && penaltyAlpha > 0;
    if (contrasts) {
      requireContrast(searchesBeams);
    }
    if (draws) {
      boolean byDefault = !searchesBeams && !contrasts;
      builder.topK(0).topP(byDefault ? TOP_P : 1).temperature(byDefault ? TEMPERATURE : 0);
    }
    if (temperature != null) {
      builder.temperature(temperature);
    }
    if (contrasts) {
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
      refuseWhatIsForDrawing(contrasts);
    }
  }

  private void requireContrast(boolean searchesBeams) {
    if (topK == null || topK < 2) {
      throw new IllegalArgumentException(
          "--penalty-alpha: must come with --top-k of at least 2, got "
              + (topK == null ? "none" : topK));
    }
    if (searchesBeams || (temperature != null && temperature > 0)) {
      throw new IllegalArgumentException(
          "--penalty-alpha: must come without --beams and --temperature, got both; choose one");
    }
  }

  private void refuseWhatIsForDrawing(boolean contrasts) {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("--top-k", contrasts ? null : topK);
    options.put("--top-p", topP);
    options.put("--min-p", minP);
    options.put("--typical-p", typicalP);
    options.put("--epsilon-cutoff", epsilonCutoff);
    options.put("--eta-cutoff", etaCutoff);
    options.put("--top-h", topH);
    GenerationArguments.refuse(
        options,
        "drawing, got a search for the best; pass --temperature above 0 too, or leave it out");
  }
}
