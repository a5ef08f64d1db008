package dev.rapt.cli;

import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how text is generated. What is not given is as the model's folder says. */
final class GenerationArguments {
  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "Most tokens to generate (default: 256).")
  private int maxTokens = 256;

  @Option(
      names = {"-t", "--temperature"},
      paramLabel = "X",
      description = "Divides the scores: below 1 is safer, 0 takes the best (default: 0.8).")
  private double temperature = 0.8;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Draw from the N best tokens; 0 for all (default: 0).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the best tokens of this probability together (default: 0.95).")
  private double topP = 0.95;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Leave out what is less likely than this share of the best (default: 0).")
  private double minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Divides the scores of tokens that are there; 1 for none (default: 1).")
  private double repetitionPenalty = 1;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Taken from the scores of generated tokens (default: 0).")
  private double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Taken as often as a token was generated (default: 0).")
  private double frequencyPenalty;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same text (default: a new one each time).")
  private @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End where this text appears; may be given several times.")
  private @Nullable List<String> stop;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Beam search with N beams instead of drawing; 1 for none (default: 1).")
  private int beams = 1;

  /** Applies the options to those of the model's folder. */
  GenerationOptions options(GenerationOptions base) {
    GenerationOptionsBuilder builder =
        base.toBuilder()
            .maxNewTokens(maxTokens)
            .repetitionPenalty(repetitionPenalty)
            .presencePenalty(presencePenalty)
            .frequencyPenalty(frequencyPenalty)
            .seed(seed == null ? System.nanoTime() : seed)
            .stopStrings(stop == null ? List.of() : stop);
    if (beams > 1) {
      return builder.doSample(false).numBeams(beams).build();
    }
    return builder
        .doSample(temperature > 0)
        .temperature(temperature)
        .topK(topK)
        .topP(topP)
        .minP(minP)
        .build();
  }
}
