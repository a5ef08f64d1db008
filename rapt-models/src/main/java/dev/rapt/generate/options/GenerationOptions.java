package dev.rapt.generate.options;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.load.StoredModel;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The options of generation; immutable. Start from {@link #defaults()} (greedy, 128 new tokens),
 * from a model's {@code generation_config.json} with {@link #read}, or from {@link #builder()}:
 *
 * <pre>{@code
 * GenerationOptions options =
 *     GenerationOptions.builder().temperature(0.8).topP(0.95).maxNewTokens(200).seed(7).build();
 * }</pre>
 *
 * <p>Names and meanings are those of Hugging Face's GenerationConfig, in camel case.
 *
 * @param lengths least and greatest lengths
 * @param sampling how the next token is chosen
 * @param penalties penalties and biases on the scores of tokens
 * @param constraints forbidden and forced tokens
 * @param beams beam search
 * @param eosTokenIds ids that end a sequence; may be empty
 * @param padTokenId id that pads prompts
 * @param stopStrings texts that end a sequence
 * @param numReturnSequences sequences for each prompt
 * @param recordLogits records the logits of every step (V floats each)
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
   * Checks the values and copies the lists.
   *
   * @throws GenerationOptionException if a value is out of range or contradicts another
   */
  public GenerationOptions {
    eosTokenIds = List.copyOf(eosTokenIds);
    stopStrings = List.copyOf(stopStrings);
    Check.that(
        eosTokenIds.stream().allMatch(id -> id >= 0), "eosTokenIds", "no id below 0", eosTokenIds);
    Check.that(
        stopStrings.stream().noneMatch(String::isEmpty),
        "stopStrings",
        "strings of at least one character",
        "an empty one");
    Check.that(numReturnSequences >= 1, "numReturnSequences", "at least 1", numReturnSequences);
    Check.that(topLogProbs >= -1, "topLogProbs", "at least -1", topLogProbs);
    if (beams.numBeams() > 1) {
      Check.that(
          numReturnSequences <= beams.numBeams(),
          "numReturnSequences",
          "at most the number of beams, " + beams.numBeams(),
          numReturnSequences);
      Check.that(
          !recordLogits && topLogProbs < 0,
          recordLogits ? "recordLogits" : "topLogProbs",
          "left out with beam search",
          recordLogits ? "true" : topLogProbs);
    } else {
      Check.that(
          numReturnSequences == 1 || sampling.doSample(),
          "numReturnSequences",
          "1 in greedy search, which has one result (sample or use beams)",
          numReturnSequences);
    }
  }

  /**
   * Lengths in tokens.
   *
   * @param maxNewTokens most new tokens; if empty, maxLength limits the length
   * @param minNewTokens least new tokens before an end token
   * @param maxLength most tokens with the prompt, if maxNewTokens is empty
   * @param minLength least tokens with the prompt before an end token, if minNewTokens is 0
   */
  public record Lengths(OptionalInt maxNewTokens, int minNewTokens, int maxLength, int minLength) {
    /** Checks the values. */
    public Lengths {
      Check.that(maxNewTokens.orElse(1) >= 1, "maxNewTokens", "at least 1", maxNewTokens.orElse(1));
      Check.that(minNewTokens >= 0, "minNewTokens", "at least 0", minNewTokens);
      Check.that(maxLength >= 1, "maxLength", "at least 1", maxLength);
      Check.that(minLength >= 0, "minLength", "at least 0", minLength);
    }

    /** Greatest length with the prompt, for a prompt of this length. */
    public int maxLengthFor(int promptLength) {
      return maxNewTokens.isPresent()
          ? (int) Math.min(Integer.MAX_VALUE, (long) promptLength + maxNewTokens.getAsInt())
          : maxLength;
    }

    /** Least length with the prompt, for a prompt of this length; 0 for no minimum. */
    public int minLengthFor(int promptLength) {
      return minNewTokens > 0 ? promptLength + minNewTokens : minLength;
    }
  }

  /**
   * How the next token is chosen. The neutral value of each truncation is in parentheses.
   *
   * @param doSample samples; if false, the best token is chosen and truncations have no effect
   * @param temperature divides the scores (1); 0 means greedy search
   * @param topK keeps the k best tokens (0)
   * @param penaltyAlpha with topK above 1 and without doSample, contrastive search: weight of the
   *     penalty for similarity to earlier tokens (0)
   * @param topP keeps the smallest set of best tokens with this total probability (1)
   * @param minP removes tokens less likely than this share of the best token (0)
   * @param typicalP keeps the typical tokens with this total probability (1)
   * @param epsilonCutoff removes tokens less likely than this (0)
   * @param etaCutoff as epsilonCutoff, but removes fewer tokens of a flat distribution (0)
   * @param topH keeps the best tokens with this share of the entropy (0)
   * @param renormalizeLogits replaces the processed scores by log-probabilities
   * @param removeInvalidValues replaces NaN and infinities among the model's logits
   * @param seed equal seeds, prompts and options give equal results, whatever else is in the batch
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
    /** Checks the values; a temperature of 0 is greedy search. */
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

    /** Whether these options run contrastive search, arXiv:2202.06417. */
    public boolean isContrastive() {
      return !doSample && penaltyAlpha > 0 && topK > 1;
    }
  }

  /**
   * Penalties and biases on the scores of tokens. The neutral value is in parentheses.
   *
   * @param repetition penalises tokens that already occur, in the prompt too: divides positive
   *     scores, multiplies negative ones (1)
   * @param encoderRepetition above 1 favours tokens of the encoder's input (1)
   * @param presence subtracted from tokens that were generated before (0)
   * @param frequency subtracted once per earlier occurrence among the generated tokens (0)
   * @param decayStart new tokens after which end tokens become more likely
   * @param decayFactor growth of that bonus with each token (1)
   * @param sequenceBias biases on tokens that would complete a sequence
   */
  public record Penalties(
      double repetition,
      double encoderRepetition,
      double presence,
      double frequency,
      int decayStart,
      double decayFactor,
      List<SequenceBias> sequenceBias) {
    /** Checks the values and copies the lists. */
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
   * Forbidden and forced tokens. The neutral value is in parentheses.
   *
   * @param noRepeatNgramSize forbids repeated n-grams of this size, prompt included (0)
   * @param encoderNoRepeatNgramSize forbids n-grams of this size of the encoder's input (0)
   * @param badWordsIds forbidden sequences; an end token alone is not forbidden
   * @param suppressTokens forbidden ids
   * @param beginSuppressTokens ids that are forbidden as the first new token
   * @param forcedBosTokenId the first new token after a prompt of one token
   * @param forcedEosTokenIds the last token at the greatest length; empty for none
   */
  public record Constraints(
      int noRepeatNgramSize,
      int encoderNoRepeatNgramSize,
      List<List<Integer>> badWordsIds,
      List<Integer> suppressTokens,
      List<Integer> beginSuppressTokens,
      OptionalInt forcedBosTokenId,
      List<Integer> forcedEosTokenIds) {
    /** Checks the values and copies the lists. */
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
   * @param numGroups groups of diverse beam search; divides numBeams
   * @param diversityPenalty subtracted from tokens that earlier groups chose at the same step
   * @param lengthPenalty scores are divided by length^lengthPenalty: above 0 favours long sequences
   * @param earlyStopping when the search ends
   */
  public record Beams(
      int numBeams,
      int numGroups,
      double diversityPenalty,
      double lengthPenalty,
      EarlyStopping earlyStopping) {
    /** Checks the values. */
    public Beams {
      Check.that(numBeams >= 1, "numBeams", "at least 1", numBeams);
      Check.that(
          numGroups >= 1 && numBeams % numGroups == 0,
          "numBeamGroups",
          "a divisor of the number of beams, " + numBeams,
          numGroups);
      Check.that(diversityPenalty >= 0, "diversityPenalty", "at least 0", diversityPenalty);
      Check.that(Double.isFinite(lengthPenalty), "lengthPenalty", "finite", lengthPenalty);
    }
  }

  /** Greedy search, 128 new tokens. */
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that starts from the defaults. */
  public static GenerationOptionsBuilder builder() {
    return new GenerationOptionsBuilder();
  }

  /** A builder that starts from these options. */
  public GenerationOptionsBuilder toBuilder() {
    return new GenerationOptionsBuilder(this);
  }

  /** The options in the {@code generation_config.json} of a model; the defaults if absent. */
  public static GenerationOptions of(StoredModel model) {
    return model.generationConfig().map(GenerationOptions::parse).orElseGet(() -> defaults());
  }

  /**
   * Reads a {@code generation_config.json}; ignores keys that do not concern decoding.
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

  /**
   * Checks forced ids, forbidden sequences and biased sequences against a vocabulary.
   *
   * @throws GenerationOptionException if an id is not below its size
   */
  public void requireIdsBelow(int vocabSize) {
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

  /** Checks of values, with one form of message. */
  static final class Check {
    private Check() {}

    static void that(boolean holds, String name, String must, Object got) {
      if (!holds) {
        throw new GenerationOptionException(name, "must be " + must + ", got " + got);
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
