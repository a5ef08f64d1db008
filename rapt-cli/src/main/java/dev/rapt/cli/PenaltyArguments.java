package dev.rapt.cli;

import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import dev.rapt.generate.SequenceBias;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What makes tokens less likely, forbids or forces them. */
@OptionGroup("Penalties, forbidden and forced tokens")
final class PenaltyArguments {
  /** A text and what is added to the score of its last token behind the others. */
  record Bias(String text, double score) {}

  /** Reads {@code TEXT=X}. */
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
      description = "Divides the scores of tokens that are there; 1 for none (default: 1).")
  private @Nullable Double repetitionPenalty;

  @Option(
      names = "--encoder-repetition-penalty",
      paramLabel = "X",
      description = "Above 1 favours tokens of the source or prompt (default: 1).")
  private @Nullable Double encoderRepetitionPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Taken from the scores of generated tokens (default: 0).")
  private @Nullable Double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Taken as often as a token was generated (default: 0).")
  private @Nullable Double frequencyPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No sequence of N tokens twice; 0 allows all (default: 0).")
  private @Nullable Integer noRepeatNgram;

  @Option(
      names = "--encoder-no-repeat-ngram",
      paramLabel = "N",
      description = "No sequence of N tokens of the source or prompt (default: 0).")
  private @Nullable Integer encoderNoRepeatNgram;

  @Option(
      names = "--bad-words",
      paramLabel = "TEXT",
      description =
          "Never write this text, at the beginning of a word or where it stands alone; may be given"
              + " several times. Other spellings in tokens are not found.")
  private @Nullable List<String> badWords;

  @Option(
      names = "--bias",
      paramLabel = "TEXT=X",
      converter = BiasReader.class,
      description =
          "Adds X to the score of this text's last token where the others stand before it; may be"
              + " given several times.")
  private @Nullable List<Bias> biases;

  @Option(
      names = "--suppress",
      paramLabel = "ID",
      split = ",",
      description = "Ids of tokens that are never generated.")
  private @Nullable List<Integer> suppress;

  @Option(
      names = "--begin-suppress",
      paramLabel = "ID",
      split = ",",
      description = "Ids of tokens that are not generated first.")
  private @Nullable List<Integer> beginSuppress;

  @Option(
      names = "--forced-bos",
      paramLabel = "ID",
      description = "Id of the first token that an encoder-decoder writes.")
  private @Nullable Integer forcedBos;

  @Option(
      names = "--renormalize",
      description = "Makes log-probabilities of the scores again when all this is applied.")
  private boolean renormalize;

  @Option(
      names = "--replace-invalid",
      description = "Goes on where the model gives NaN or infinite scores, with finite ones.")
  private boolean replaceInvalid;

  /** Puts into a builder of the base what is given. */
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

  /** The tokens of a text by itself, and behind a space where those are others. */
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
