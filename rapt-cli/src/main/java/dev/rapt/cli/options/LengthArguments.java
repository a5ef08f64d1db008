package dev.rapt.cli.options;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options for the length of a generated text and for its end. */
@OptionGroup("Length and end")
final class LengthArguments {
  private static final int MAX_TOKENS = 256;

  /** After how many new tokens the end becomes more likely, and by which factor. */
  record Decay(int start, double factor) {}

  /** Parses {@code N,X}. */
  static final class DecayReader implements ITypeConverter<Decay> {
    @Override
    public Decay convert(String text) {
      String[] parts = text.split(",", -1);
      if (parts.length != 2) {
        throw Numbers.wrong("N,X", text);
      }
      double factor = Numbers.number(parts[1]);
      if (!(factor > 0)) {
        throw Numbers.wrong("N,X with X above 0", text);
      }
      return new Decay(Math.toIntExact(Numbers.whole(parts[0], 0, Integer.MAX_VALUE)), factor);
    }
  }

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "Generates at most N tokens (default: 256).")
  @Range(min = 1)
  private int maxTokens = MAX_TOKENS;

  @Option(
      names = "--min-tokens",
      paramLabel = "N",
      description = "Generates at least N tokens (default: 0).")
  @Range(min = 0)
  private @Nullable Integer minTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends before this text; may be given several times.")
  private @Nullable List<String> stop;

  @Option(
      names = "--stop-token",
      paramLabel = "ID",
      split = ",",
      description = "Ends after one of these token ids, in addition to the model's own end tokens.")
  @Range(min = 0)
  private @Nullable List<Integer> stopTokens;

  @Option(
      names = "--decay",
      paramLabel = "N,X",
      converter = DecayReader.class,
      description =
          "Makes the end more likely after N new tokens, by the factor X with each token.")
  private @Nullable Decay decay;

  @Option(
      names = "--forced-eos",
      paramLabel = "ID",
      split = ",",
      description = "Forces one of these token ids as the last token at the maximum length.")
  @Range(min = 0)
  private @Nullable List<Integer> forcedEos;

  /** Sets the given options in a builder that starts from the base. */
  void applyTo(GenerationOptionsBuilder builder, GenerationOptions base, Tokenizer tokenizer) {
    if (minTokens != null && minTokens > maxTokens) {
      throw new IllegalArgumentException(
          "--min-tokens: must be at most --max-tokens, got %d and %d"
              .formatted(minTokens, maxTokens));
    }
    builder.maxNewTokens(maxTokens);
    GenerationArguments.set(minTokens, builder::minNewTokens);
    GenerationArguments.set(stop, builder::stopStrings);
    GenerationArguments.setIds(
        "--stop-token",
        stopTokens,
        tokenizer,
        ids -> builder.eosTokenIds(joined(base.eosTokenIds(), ids)));
    GenerationArguments.set(
        decay, given -> builder.exponentialDecayLengthPenalty(given.start(), given.factor()));
    GenerationArguments.setIds("--forced-eos", forcedEos, tokenizer, builder::forcedEosTokenIds);
  }

  private static List<Integer> joined(List<Integer> a, List<Integer> b) {
    return Stream.concat(a.stream(), b.stream()).distinct().toList();
  }
}
