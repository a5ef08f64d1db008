package dev.rapt.cli;

import dev.rapt.generate.EarlyStopping;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how text is generated. What is not given is as the model's folder says. */
final class GenerationArguments {
  private static final int MAX_TOKENS = 256;
  private static final double TEMPERATURE = 0.8;
  private static final double TOP_P = 0.95;

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
      names = {"-t", "--temperature"},
      paramLabel = "X",
      description =
          "Divides the scores: below 1 is safer, 0 takes the best (default: 0.8; encoder-decoders"
              + " take the best).")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Draw from the N best tokens; 0 for all (default: 0).")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the best tokens of this probability together (default: 0.95).")
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
      names = "--forced-eos",
      paramLabel = "ID",
      split = ",",
      description = "Ids of which one is the last token at the greatest length.")
  private @Nullable List<Integer> forcedEos;

  @Option(
      names = "--decay",
      paramLabel = "N,X",
      split = ",",
      arity = "2",
      description = "From N new tokens on, the end gets likelier by this factor with each token.")
  private @Nullable List<Double> decay;

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
      names = "--stop-token",
      paramLabel = "ID",
      split = ",",
      description = "End after one of these tokens, beside those of the model.")
  private @Nullable List<Integer> stopTokens;

  @Option(
      names = "--beams",
      paramLabel = "N",
      description = "Beam search with N beams instead of drawing; 1 for none (default: 1).")
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

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      description = "Tell log-probabilities of each token and of N alternatives, with --json.")
  private @Nullable Integer logProbs;

  /**
   * The options of a decoder that writes on: drawn at random unless something else is asked for.
   */
  GenerationOptions options(GenerationOptions base) {
    GenerationOptionsBuilder builder = common(base);
    boolean searches = (beams != null && beams > 1) || penaltyAlpha != null;
    if (searches) {
      set(topK, builder::topK);
      return builder.doSample(false).build();
    }
    double heat = temperature == null ? TEMPERATURE : temperature;
    return builder
        .topK(topK == null ? 0 : topK)
        .topP(topP == null ? TOP_P : topP)
        .temperature(heat)
        .doSample(heat > 0)
        .build();
  }

  /** The options of an encoder-decoder: as its folder says unless something else is asked for. */
  GenerationOptions targetOptions(GenerationOptions base) {
    GenerationOptionsBuilder builder = common(base);
    set(topK, builder::topK);
    set(topP, builder::topP);
    if (temperature != null) {
      builder.temperature(temperature).doSample(temperature > 0);
    }
    return builder.build();
  }

  private GenerationOptionsBuilder common(GenerationOptions base) {
    GenerationOptionsBuilder builder =
        base.toBuilder()
            .numReturnSequences(1)
            .maxNewTokens(maxTokens)
            .seed(seed == null ? System.nanoTime() : seed);
    set(minTokens, builder::minNewTokens);
    set(minP, builder::minP);
    set(typicalP, builder::typicalP);
    set(epsilonCutoff, builder::epsilonCutoff);
    set(etaCutoff, builder::etaCutoff);
    set(topH, builder::topH);
    set(penaltyAlpha, builder::penaltyAlpha);
    set(repetitionPenalty, builder::repetitionPenalty);
    set(encoderRepetitionPenalty, builder::encoderRepetitionPenalty);
    set(presencePenalty, builder::presencePenalty);
    set(frequencyPenalty, builder::frequencyPenalty);
    set(noRepeatNgram, builder::noRepeatNgramSize);
    set(encoderNoRepeatNgram, builder::encoderNoRepeatNgramSize);
    set(suppress, builder::suppressTokens);
    set(beginSuppress, builder::beginSuppressTokens);
    set(forcedBos, builder::forcedBosTokenId);
    set(forcedEos, builder::forcedEosTokenIds);
    set(decay, pair -> builder.exponentialDecayLengthPenalty(pair.get(0).intValue(), pair.get(1)));
    set(stop, builder::stopStrings);
    set(stopTokens, ids -> builder.eosTokenIds(joined(base.eosTokenIds(), ids)));
    set(beams, builder::numBeams);
    set(beamGroups, builder::numBeamGroups);
    set(diversityPenalty, builder::diversityPenalty);
    set(lengthPenalty, builder::lengthPenalty);
    set(earlyStopping, builder::earlyStopping);
    set(logProbs, builder::topLogProbs);
    return builder;
  }

  private static <T> void set(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  private static List<Integer> joined(List<Integer> a, List<Integer> b) {
    return Stream.concat(a.stream(), b.stream()).distinct().toList();
  }
}
