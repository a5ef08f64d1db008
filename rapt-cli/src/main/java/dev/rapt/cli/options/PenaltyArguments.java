package dev.rapt.cli.options;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.options.SequenceBias;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options that penalise, favour, forbid or force tokens. */
@OptionGroup("Penalties, forbidden and forced tokens")
final class PenaltyArguments {
  /** A text and the bias on its last token after the others. */
  record Bias(String text, double score) {}

  /** Parses {@code TEXT=X}. */
  static final class BiasReader implements ITypeConverter<Bias> {
    @Override
    public Bias convert(String text) {
      int at = text.lastIndexOf('=');
      if (at < 1) {
        throw Numbers.wrong("TEXT=X", text);
      }
      return new Bias(text.substring(0, at), Numbers.number(text.substring(at + 1)));
    }
  }

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description =
          "Penalises tokens that already occur, in the prompt too; 1 for none (default: 1).")
  @Range(min = 0, aboveMin = true)
  private @Nullable Double repetitionPenalty;

  @Option(
      names = "--encoder-repetition-penalty",
      paramLabel = "X",
      description = "Favours tokens of the source or prompt if above 1; 1 for none (default: 1).")
  @Range(min = 0, aboveMin = true)
  private @Nullable Double encoderRepetitionPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description =
          "Subtracts X from the scores of tokens generated before; 0 for none (default: 0).")
  @Range
  private @Nullable Double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description =
          "Subtracts X once per earlier occurrence of a generated token; 0 for none (default: 0).")
  @Range
  private @Nullable Double frequencyPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "Forbids repeated n-grams of N tokens; 0 for none (default: 0).")
  @Range(min = 0)
  private @Nullable Integer noRepeatNgram;

  @Option(
      names = "--encoder-no-repeat-ngram",
      paramLabel = "N",
      description = "Forbids n-grams of N tokens of the source or prompt; 0 for none (default: 0).")
  @Range(min = 0)
  private @Nullable Integer encoderNoRepeatNgram;

  @Option(
      names = "--bad-words",
      paramLabel = "TEXT",
      description =
          "Forbids this text, with and without a space before it; may be given several times."
              + " Other tokenizations of the text are not forbidden.")
  private @Nullable List<String> badWords;

  @Option(
      names = "--bias",
      paramLabel = "TEXT=X",
      converter = BiasReader.class,
      description =
          "Adds X to the score of the last token of this text after its other tokens; may be given"
              + " several times.")
  private @Nullable List<Bias> biases;

  @Option(
      names = "--suppress",
      paramLabel = "ID",
      split = ",",
      description = "Forbids these token ids.")
  @Range(min = 0)
  private @Nullable List<Integer> suppress;

  @Option(
      names = "--begin-suppress",
      paramLabel = "ID",
      split = ",",
      description = "Forbids these token ids as the first new token.")
  @Range(min = 0)
  private @Nullable List<Integer> beginSuppress;

  @Option(
      names = "--forced-bos",
      paramLabel = "ID",
      description = "Forces this token id as the first token of an encoder-decoder's target.")
  @Range(min = 0)
  private @Nullable Integer forcedBos;

  @Option(
      names = "--renormalize",
      description = "Replaces the scores by log-probabilities after all other processing.")
  private boolean renormalize;

  @Option(
      names = "--replace-invalid",
      description =
          "Replaces NaN and infinite logits of the model by finite ones instead of failing.")
  private boolean replaceInvalid;

  /** Sets the given options in a builder that starts from the base. */
  void applyTo(GenerationOptionsBuilder builder, GenerationOptions base, Tokenizer tokenizer) {
    GenerationArguments.set(repetitionPenalty, builder::repetitionPenalty);
    GenerationArguments.set(encoderRepetitionPenalty, builder::encoderRepetitionPenalty);
    GenerationArguments.set(presencePenalty, builder::presencePenalty);
    GenerationArguments.set(frequencyPenalty, builder::frequencyPenalty);
    GenerationArguments.set(noRepeatNgram, builder::noRepeatNgramSize);
    GenerationArguments.set(encoderNoRepeatNgram, builder::encoderNoRepeatNgramSize);
    GenerationArguments.setIds("--suppress", suppress, tokenizer, builder::suppressTokens);
    GenerationArguments.setIds(
        "--begin-suppress", beginSuppress, tokenizer, builder::beginSuppressTokens);
    GenerationArguments.setIds(
        "--forced-bos",
        forcedBos == null ? null : List.of(forcedBos),
        tokenizer,
        ids -> builder.forcedBosTokenId(ids.getFirst()));
    GenerationArguments.set(
        badWords,
        words ->
            builder.badWordsIds(
                joined(
                    base.constraints().badWordsIds(),
                    words.stream()
                        .flatMap(word -> spellings("--bad-words", word, tokenizer))
                        .toList())));
    GenerationArguments.set(
        biases,
        given ->
            builder.sequenceBias(
                joined(
                    base.penalties().sequenceBias(),
                    given.stream()
                        .flatMap(bias ->
                            spellings("--bias", bias.text(), tokenizer)
                                .map(ids -> new SequenceBias(ids, (float) bias.score())))
                        .toList())));
    if (renormalize) {
      builder.renormalizeLogits(true);
    }
    if (replaceInvalid) {
      builder.removeInvalidValues(true);
    }
  }

  private static <T> List<T> joined(List<T> a, List<T> b) {
    return Stream.concat(a.stream(), b.stream()).distinct().toList();
  }

  /** The tokens of a text, and of the text after a space if they differ. */
  private static Stream<List<Integer>> spellings(String option, String text, Tokenizer tokenizer) {
    List<List<Integer>> all = new ArrayList<>();
    for (String spelling : List.of(text, " " + text)) {
      int[] ids = tokenizer.encodeWithOffsets(spelling, EncodeOptions.PLAIN).ids();
      if (ids.length > 0) {
        all.add(Arrays.stream(ids).boxed().toList());
      }
    }
    if (text.isBlank() || all.isEmpty()) {
      throw new IllegalArgumentException(option + ": must hold a text, got '" + text + "'");
    }
    return all.stream().distinct();
  }
}
