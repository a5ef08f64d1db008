package dev.rapt.cli;

import dev.rapt.generate.EarlyStopping;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Beam search. */
@OptionGroup("Beam search")
final class BeamArguments {
  private static final int MOST_BEAMS = 1000;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description =
          "Beam search with N beams, at most 1000; 1 for none (default: 1; encoder-decoders as the"
              + " model's folder says).")
  private @Nullable Integer beams;

  @Option(
      names = "--beam-groups",
      paramLabel = "N",
      description = "Groups of beams that are kept different; divides --beams (default: 1).")
  private @Nullable Integer beamGroups;

  @Option(
      names = "--diversity-penalty",
      paramLabel = "X",
      description = "Taken from what groups before chose at the same step (default: 0).")
  private @Nullable Double diversityPenalty;

  @Option(
      names = "--length-penalty",
      paramLabel = "X",
      description =
          "Beams are compared by score / length^X: above 0 favours long ones (default: 1).")
  private @Nullable Double lengthPenalty;

  @Option(
      names = "--early-stopping",
      paramLabel = "WHEN",
      description =
          "Beam search ends when as many sequences as beams are complete (when_full), when no"
              + " better one is likely (heuristic) or possible (never) (default: heuristic).")
  private @Nullable EarlyStopping earlyStopping;

  /** Puts into a builder what is given; whether beams are searched. */
  boolean applyTo(GenerationOptionsBuilder builder, GenerationOptions base) {
    int numBeams = beams == null ? base.beams().numBeams() : beams;
    if (numBeams < 1 || numBeams > MOST_BEAMS) {
      throw new IllegalArgumentException(
          "--beams: must be from 1 to %d, got %d".formatted(MOST_BEAMS, numBeams));
    }
    if (numBeams == 1) {
      refuseWhatIsForBeams();
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

  private void refuseWhatIsForBeams() {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("--beam-groups", beamGroups);
    options.put("--diversity-penalty", diversityPenalty);
    options.put("--length-penalty", lengthPenalty);
    options.put("--early-stopping", earlyStopping);
    GenerationArguments.refuse(options, "beams, got none; pass --beams too, or leave it out");
  }
}
