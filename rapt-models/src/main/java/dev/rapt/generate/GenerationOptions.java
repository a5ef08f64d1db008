package dev.rapt.generate;

import dev.rapt.checkpoint.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What to generate and how; immutable. Start from {@link #defaults()} (greedy, 128 tokens), from a
 * model's {@code generation_config.json} with {@link #read}, or from {@link #builder()}:
 *
 * <pre>{@code
 * GenerationOptions options =
 *     GenerationOptions.builder().temperature(0.8).topP(0.95).maxNewTokens(200).seed(7).build();
 * }</pre>
 *
 * <p>Names and meaning are those of Hugging Face's GenerationConfig, in camel case.
 *
 * @param lengths how long sequences may and must be
 * @param sampling how the next token is drawn
 * @param penalties what changes the scores of tokens
 * @param constraints tokens that are forbidden or forced
 * @param beams beam search
 * @param eosTokenIds ids that end a sequence; may be empty
 * @param padTokenId fills rows that ended in a rectangular result
 * @param stopStrings a sequence ends when its text contains one of them
 * @param numReturnSequences sequences for each prompt
 * @param recordLogits keeps the logits of every step (V floats each)
 * @param topLogProbs records log-probabilities of the chosen token and of this many alternatives;
 *     -1 records none
 */
public record GenerationOptions(
    Lengths lengths,
    Sampling sampling,
    Penalties penalties,
    Constraints constraints,
    Beams beams,
    List<Integer> eosTokenIds,
    int padTokenId,
    List<String> stopStrings,
    int numReturnSequences,
    boolean recordLogits,
    int topLogProbs) {

  private static final GenerationOptions DEFAULTS = builder().build();

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a value is out of range or two exclude each other
   */
  public GenerationOptions {
    eosTokenIds = List.copyOf(eosTokenIds);
    stopStrings = List.copyOf(stopStrings);
    Check.that(
        eosTokenIds.stream().allMatch(id -> id >= 0), "eosTokenIds", "no id below 0", eosTokenIds);
    Check.that(
        stopStrings.stream().noneMatch(String::isEmpty),
        "stopStrings",
        "no empty string",
        stopStrings);
    Check.that(numReturnSequences >= 1, "numReturnSequences", "at least 1", numReturnSequences);
    Check.that(topLogProbs >= -1, "topLogProbs", "at least -1", topLogProbs);
    if (beams.numBeams() > 1) {
      Check.that(
          numReturnSequences <= beams.numBeams(),
          "numReturnSequences",
          "at most numBeams, " + beams.numBeams(),
          numReturnSequences);
      Check.that(
          !recordLogits && topLogProbs < 0,
          "recordLogits, topLogProbs",
          "not with beam search",
          recordLogits + ", " + topLogProbs);
    } else {
      Check.that(
          numReturnSequences == 1 || sampling.doSample(),
          "numReturnSequences",
          "1 in greedy search, which has one result; sample or use beams",
          numReturnSequences);
    }
  }

  /**
   * Lengths in tokens.
   *
   * @param maxNewTokens most tokens to generate; empty leaves it to maxLength
   * @param minNewTokens no end token before this many new tokens
   * @param maxLength most tokens with the prompt, where maxNewTokens is empty
   * @param minLength no end token before this many tokens with the prompt, where minNewTokens is 0
   */
  public record Lengths(OptionalInt maxNewTokens, int minNewTokens, int maxLength, int minLength) {
    /** Checks. */
    public Lengths {
      Check.that(maxNewTokens.orElse(1) >= 1, "maxNewTokens", "at least 1", maxNewTokens.orElse(1));
      Check.that(minNewTokens >= 0, "minNewTokens", "at least 0", minNewTokens);
      Check.that(maxLength >= 1, "maxLength", "at least 1", maxLength);
      Check.that(minLength >= 0, "minLength", "at least 0", minLength);
    }

    /** Longest row for a prompt of this length, prompt included. */
    public int maxLengthFor(int promptLength) {
      return maxNewTokens.isPresent()
          ? (int) Math.min(Integer.MAX_VALUE, (long) promptLength + maxNewTokens.getAsInt())
          : maxLength;
    }

    /** Shortest row for a prompt of this length, prompt included; 0 for no minimum. */
    public int minLengthFor(int promptLength) {
      return minNewTokens > 0 ? promptLength + minNewTokens : minLength;
    }
  }

  /**
   * How the next token is drawn; without doSample the best is taken and the rest is not used. The
   * value that switches a rule off is in parentheses.
   *
   * @param temperature divides the scores (1); 0 means greedy, as doSample false
   * @param topK keeps the k best (0)
   * @param penaltyAlpha with topK above 1 and without doSample, contrastive search: how much a
   *     token counts less for being like those before (0)
   * @param topP keeps the best with this probability together (1)
   * @param minP removes what is less likely than this share of the best (0)
   * @param typicalP keeps this mass of typical tokens (1)
   * @param epsilonCutoff removes what is less likely (0)
   * @param etaCutoff removes what is less likely, less strictly where the distribution is flat (0)
   * @param topH keeps the best with this share of the entropy (0)
   * @param renormalizeLogits makes log-probabilities of the scores in the end
   * @param removeInvalidValues replaces NaN and infinities that the model gives
   * @param seed the same seed, prompt and options give the same result, whatever else is in the
   *     batch
   */
  public record Sampling(
      boolean doSample,
      double temperature,
      int topK,
      double penaltyAlpha,
      double topP,
      double minP,
      double typicalP,
      double epsilonCutoff,
      double etaCutoff,
      double topH,
      boolean renormalizeLogits,
      boolean removeInvalidValues,
      long seed) {
    /** Checks; a temperature of 0 is greedy search. */
    public Sampling {
      Check.that(temperature >= 0 && temperature < 1e6, "temperature", "0 to 1e6", temperature);
      Check.that(topK >= 0, "topK", "at least 0", topK);
      Check.share("penaltyAlpha", penaltyAlpha);
      Check.share("topP", topP);
      Check.share("minP", minP);
      Check.share("typicalP", typicalP);
      Check.share("epsilonCutoff", epsilonCutoff);
      Check.share("etaCutoff", etaCutoff);
      Check.share("topH", topH);
      if (temperature == 0) {
        doSample = false;
        temperature = 1;
      }
    }

    /** Whether tokens are chosen by contrastive search, arXiv:2202.06417. */
    public boolean isContrastive() {
      return !doSample && penaltyAlpha > 0 && topK > 1;
    }
  }

  /**
   * What changes the scores of tokens.
   *
   * @param repetition divides (or multiplies) the scores of tokens in the row, prompt included (1)
   * @param encoderRepetition above 1 favours tokens of the encoder's input (1)
   * @param presence is subtracted from tokens that were generated (0)
   * @param frequency is subtracted as often as a token was generated (0)
   * @param decayStart new tokens after which end tokens get more likely
   * @param decayFactor how much more with each token (1)
   * @param sequenceBias added to the last token of a sequence where the others stand before it
   */
  public record Penalties(
      double repetition,
      double encoderRepetition,
      double presence,
      double frequency,
      int decayStart,
      double decayFactor,
      List<SequenceBias> sequenceBias) {
    /** Checks and copies. */
    public Penalties {
      sequenceBias = List.copyOf(sequenceBias);
      Check.that(repetition > 0, "repetitionPenalty", "above 0", repetition);
      Check.that(encoderRepetition > 0, "encoderRepetitionPenalty", "above 0", encoderRepetition);
      Check.that(Double.isFinite(presence), "presencePenalty", "finite", presence);
      Check.that(Double.isFinite(frequency), "frequencyPenalty", "finite", frequency);
      Check.that(
          decayStart >= 0 && decayFactor > 0,
          "exponentialDecayLengthPenalty",
          "a start of at least 0 and a factor above 0",
          decayStart + ", " + decayFactor);
    }
  }

  /**
   * Tokens that are forbidden or forced.
   *
   * @param noRepeatNgramSize no n-gram twice, prompt included (0)
   * @param encoderNoRepeatNgramSize no n-gram of the encoder's input (0)
   * @param badWordsIds sequences that must not occur; end tokens alone are let pass
   * @param suppressTokens ids that are never generated
   * @param beginSuppressTokens ids that are not generated first
   * @param forcedBosTokenId first token after a start token that stands alone
   * @param forcedEosTokenIds last token when the greatest length is reached; empty for none
   */
  public record Constraints(
      int noRepeatNgramSize,
      int encoderNoRepeatNgramSize,
      List<List<Integer>> badWordsIds,
      List<Integer> suppressTokens,
      List<Integer> beginSuppressTokens,
      OptionalInt forcedBosTokenId,
      List<Integer> forcedEosTokenIds) {
    /** Checks and copies. */
    public Constraints {
      badWordsIds = badWordsIds.stream().map(List::copyOf).toList();
      suppressTokens = List.copyOf(suppressTokens);
      beginSuppressTokens = List.copyOf(beginSuppressTokens);
      forcedEosTokenIds = List.copyOf(forcedEosTokenIds);
      Check.that(noRepeatNgramSize >= 0, "noRepeatNgramSize", "at least 0", noRepeatNgramSize);
      Check.that(
          encoderNoRepeatNgramSize >= 0,
          "encoderNoRepeatNgramSize",
          "at least 0",
          encoderNoRepeatNgramSize);
      Check.that(
          badWordsIds.stream().noneMatch(List::isEmpty),
          "badWordsIds",
          "no empty sequence",
          badWordsIds);
    }
  }

  /**
   * Beam search.
   *
   * @param numBeams beams for each prompt; 1 is greedy search or sampling
   * @param numGroups groups of beams that are kept different; divides numBeams
   * @param diversityPenalty subtracted from what groups before chose at the same step
   * @param lengthPenalty scores are divided by length^lengthPenalty: above 0 favours long sequences
   * @param earlyStopping when to end
   */
  public record Beams(
      int numBeams,
      int numGroups,
      double diversityPenalty,
      double lengthPenalty,
      EarlyStopping earlyStopping) {
    /** Checks. */
    public Beams {
      Check.that(numBeams >= 1, "numBeams", "at least 1", numBeams);
      Check.that(
          numGroups >= 1 && numBeams % numGroups == 0,
          "numBeamGroups",
          "a divisor of numBeams, " + numBeams,
          numGroups);
      Check.that(diversityPenalty >= 0, "diversityPenalty", "at least 0", diversityPenalty);
      Check.that(Double.isFinite(lengthPenalty), "lengthPenalty", "finite", lengthPenalty);
    }
  }

  /** Greedy search, 128 new tokens. */
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  /** A builder of the defaults. */
  public static GenerationOptionsBuilder builder() {
    return new GenerationOptionsBuilder();
  }

  /** A builder that starts from these options. */
  public GenerationOptionsBuilder toBuilder() {
    return new GenerationOptionsBuilder(this);
  }

  /** The options that come with a model in this folder; the defaults where there are none. */
  public static GenerationOptions of(Path folder) {
    Path file = folder.resolve("generation_config.json");
    return Files.exists(file) ? read(file) : defaults();
  }

  /**
   * Reads a {@code generation_config.json}; keys that say nothing about decoding are skipped.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a value has the wrong type or range
   */
  public static GenerationOptions read(Path file) {
    return parse(ConfigReader.of(file));
  }

  /** Options from an object with the keys of a {@code generation_config.json}. */
  public static GenerationOptions parse(ConfigReader config) {
    return GenerationConfigFile.parse(config);
  }

  /** Refuses ids to force, to forbid in sequences or to bias that the vocabulary does not have. */
  void requireIdsBelow(int vocabSize) {
    Check.below("forcedBosTokenId", constraints.forcedBosTokenId().stream(), vocabSize);
    Check.below("forcedEosTokenIds", ints(constraints.forcedEosTokenIds()), vocabSize);
    constraints.badWordsIds().forEach(word -> Check.below("badWordsIds", ints(word), vocabSize));
    penalties
        .sequenceBias()
        .forEach(bias -> Check.below("sequenceBias", ints(bias.tokens()), vocabSize));
  }

  private static IntStream ints(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue);
  }

  /** The checks of values, with one form of message. */
  static final class Check {
    private Check() {}

    static void that(boolean holds, String name, String must, Object got) {
      if (!holds) {
        throw new IllegalArgumentException(name + ": must be " + must + ", got " + got);
      }
    }

    static void below(String name, IntStream ids, int vocabSize) {
      ids.filter(id -> id < 0 || id >= vocabSize)
          .forEach(
              id -> that(false, name, "ids of the vocabulary, from 0 to " + (vocabSize - 1), id));
    }

    static void share(String name, double value) {
      that(value >= 0 && value <= 1, name, "0 to 1", value);
    }
  }
}
