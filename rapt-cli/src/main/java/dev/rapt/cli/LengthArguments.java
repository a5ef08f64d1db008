package dev.rapt.cli;

import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import dev.rapt.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** How long a generated text is, and what ends it. */
@OptionGroup("Length and end")
final class LengthArguments {
  private static final int MAX_TOKENS = 256;

  /** From when on the end gets likelier, and by which factor. */
  record Decay(int start, double factor) {}

  /** Reads {@code N,X}. */
  static final class DecayReader implements ITypeConverter<Decay> {
    @Override
    public Decay convert(String text) {
      String[] parts = text.split(",", -1);
      if (parts.length != 2) {
        throw Numbers.wrong("N,X", text);
      }
      return new Decay(
          Math.toIntExact(Numbers.whole(parts[0], 0, Integer.MAX_VALUE)), Numbers.number(parts[1]));
    }
  }

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "Most tokens to generate (default: 256).")
  private int maxTokens = MAX_TOKENS;

  @Option(
      names = "--min-tokens",
      paramLabel = "N",
      description = "No end before N new tokens (default: 0).")
  private @Nullable Integer minTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End where this text appears; may be given several times.")
  private @Nullable List<String> stop;

  @Option(
      names = "--stop-token",
      paramLabel = "ID",
      split = ",",
      description = "End after one of these tokens, beside those of the model.")
  private @Nullable List<Integer> stopTokens;

  @Option(
      names = "--decay",
      paramLabel = "N,X",
      converter = DecayReader.class,
      description = "From N new tokens on, the end gets likelier by this factor with each token.")
  private @Nullable Decay decay;

  @Option(
      names = "--forced-eos",
      paramLabel = "ID",
      split = ",",
      description = "Ids of which one is the last token at the greatest length.")
  private @Nullable List<Integer> forcedEos;

  /** Puts into a builder of the base what is given. */
  void applyTo(GenerationOptionsBuilder builder, GenerationOptions base, Tokenizer tokenizer) {
    Numbers.atLeast(1, "--max-tokens", maxTokens);
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
