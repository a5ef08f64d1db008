package dev.rapt.cli.options;

import dev.rapt.generate.options.EarlyStopping;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of beam search. */
@OptionGroup("Beam search")
final class BeamArguments {
  private static final int MAX_BEAMS = 1000;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description =
          "Searches with N beams, 1 to 1000; 1 switches beam search off (default: 1; for"
              + " encoder-decoders, the value in the model's folder).")
  @Range(min = 1, max = BeamArguments.MAX_BEAMS)
  private @Nullable Integer beams;

  @Option(
      names = "--beam-groups",
      paramLabel = "N",
      description =
          "Splits the beams into N groups for diverse beam search; N divides --beams (default: 1).")
  @Range(min = 1)
  private @Nullable Integer beamGroups;

  @Option(
      names = "--diversity-penalty",
      paramLabel = "X",
      description =
          "Subtracts X from tokens that earlier groups chose at the same step (default: 0).")
  @Range(min = 0)
  private @Nullable Double diversityPenalty;

  @Option(
      names = "--length-penalty",
      paramLabel = "X",
      description =
          "Divides the score of a beam by length^X: above 0 favours long texts (default: 1).")
  @Range
  private @Nullable Double lengthPenalty;

  @Option(
      names = "--early-stopping",
      paramLabel = "WHEN",
      description =
          "Ends beam search when as many texts as beams are finished (when_full), when no running"
              + " beam beats them at its current length (heuristic) or at any length (never)"
              + " (default: heuristic).")
  private @Nullable EarlyStopping earlyStopping;

  /** Sets the given options in a builder; returns whether beam search runs. */
  boolean applyTo(GenerationOptionsBuilder builder, GenerationOptions base) {
    int numBeams = beams == null ? base.beams().numBeams() : beams;
    if (numBeams == 1) {
      refuseBeamOptions();
    }
    if (diversityPenalty != null && (beamGroups == null || beamGroups < 2)) {
      throw new IllegalArgumentException(
          "--diversity-penalty: must come with --beam-groups of at least 2, got "
              + (beamGroups == null ? "none" : beamGroups));
    }
    builder.numBeams(numBeams);
    GenerationArguments.set(beamGroups, builder::numBeamGroups);
    GenerationArguments.set(diversityPenalty, builder::diversityPenalty);
    GenerationArguments.set(lengthPenalty, builder::lengthPenalty);
    GenerationArguments.set(earlyStopping, builder::earlyStopping);
    return numBeams > 1;
  }

  private void refuseBeamOptions() {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("--beam-groups", beamGroups);
    options.put("--diversity-penalty", diversityPenalty);
    options.put("--length-penalty", lengthPenalty);
    options.put("--early-stopping", earlyStopping);
    GenerationArguments.refuse(options, "--beams above 1, got none; pass --beams, or leave it out");
  }
}
