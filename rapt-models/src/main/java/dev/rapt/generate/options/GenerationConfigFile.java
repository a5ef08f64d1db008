package dev.rapt.generate.options;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Reads the keys of Hugging Face's GenerationConfig. */
final class GenerationConfigFile {
  private GenerationConfigFile() {}

  /**
   * Options from the keys of a generation_config.json. Absent keys have their defaults; only the
   * truncations that the file names apply.
   */
  static GenerationOptions parse(ConfigReader config) {
    GenerationOptionsBuilder builder = GenerationOptions.builder();
    // The builder's temperature enables sampling, so doSample is set after it.
    config.optionalDouble("temperature").ifPresent(builder::temperature);
    builder
        .doSample(config.boolOr("do_sample", false))
        .minNewTokens(config.intOr("min_new_tokens", 0))
        .minLength(config.intOr("min_length", 0))
        .topK(config.intOr("top_k", 0))
        .penaltyAlpha(config.doubleOr("penalty_alpha", 0))
        .topP(config.doubleOr("top_p", 1))
        .minP(config.doubleOr("min_p", 0))
        .typicalP(config.doubleOr("typical_p", 1))
        .epsilonCutoff(config.doubleOr("epsilon_cutoff", 0))
        .etaCutoff(config.doubleOr("eta_cutoff", 0))
        .topH(config.doubleOr("top_h", 0))
        .renormalizeLogits(config.boolOr("renormalize_logits", false))
        .removeInvalidValues(config.boolOr("remove_invalid_values", false))
        .repetitionPenalty(config.doubleOr("repetition_penalty", 1))
        .encoderRepetitionPenalty(config.doubleOr("encoder_repetition_penalty", 1))
        .sequenceBias(sequenceBias(config))
        .noRepeatNgramSize(config.intOr("no_repeat_ngram_size", 0))
        .encoderNoRepeatNgramSize(config.intOr("encoder_no_repeat_ngram_size", 0))
        .badWordsIds(badWords(config))
        .suppressTokens(config.ints("suppress_tokens"))
        .beginSuppressTokens(config.ints("begin_suppress_tokens"))
        .forcedEosTokenIds(config.ints("forced_eos_token_id"))
        .numBeams(config.intOr("num_beams", 1))
        .numBeamGroups(config.intOr("num_beam_groups", 1))
        .diversityPenalty(config.doubleOr("diversity_penalty", 0))
        .lengthPenalty(config.doubleOr("length_penalty", 1))
        .earlyStopping(earlyStopping(config))
        .eosTokenIds(config.ints("eos_token_id"))
        .padTokenId(config.intOr("pad_token_id", 0))
        .stopStrings(config.strings("stop_strings"))
        .numReturnSequences(config.intOr("num_return_sequences", 1));
    if (config.has("max_length") && !config.has("max_new_tokens")) {
      builder.maxLength(config.requireInt("max_length"));
    }
    config.optionalInt("max_new_tokens").ifPresent(builder::maxNewTokens);
    config.optionalInt("forced_bos_token_id").ifPresent(builder::forcedBosTokenId);
    List<Double> decay = config.doubles("exponential_decay_length_penalty");
    if (!decay.isEmpty()) {
      if (decay.size() != 2) {
        throw config.error(
            "exponential_decay_length_penalty", "must be [start, factor], got " + decay);
      }
      builder.exponentialDecayLengthPenalty(decay.get(0).intValue(), decay.get(1));
    }
    try {
      return builder.build();
    } catch (GenerationOptionException e) {
      throw new CheckpointException(config.path(), keyOf(e.option()), e.problem(), e);
    }
  }

  /** The key of an option: {@code top_k} for {@code topK}. */
  private static String keyOf(String option) {
    return option.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static EarlyStopping earlyStopping(ConfigReader config) {
    JsonNode value = config.json().get("early_stopping");
    if (value == null || value.isNull()) {
      return EarlyStopping.HEURISTIC;
    }
    if (value.isBoolean()) {
      return value.booleanValue() ? EarlyStopping.WHEN_FULL : EarlyStopping.HEURISTIC;
    }
    if (value.isString() && value.stringValue().equals("never")) {
      return EarlyStopping.NEVER;
    }
    throw config.error("early_stopping", "must be true, false or \"never\", got " + value);
  }

  /** A list of pairs of tokens and a bias: {@code [[[20], -5.0], [[22, 23], 9.0]]}. */
  private static List<SequenceBias> sequenceBias(ConfigReader config) {
    List<SequenceBias> biases = new ArrayList<>();
    for (JsonNode pair : lists(config, "sequence_bias")) {
      if (pair.size() != 2 || !pair.get(1).isNumber()) {
        throw config.error("sequence_bias", "must be a list of [tokens, bias], got " + pair);
      }
      List<Integer> tokens = tokens(config, "sequence_bias", pair.get(0));
      biases.add(new SequenceBias(tokens, pair.get(1).floatValue()));
    }
    return biases;
  }

  private static List<List<Integer>> badWords(ConfigReader config) {
    List<List<Integer>> words = new ArrayList<>();
    for (JsonNode word : lists(config, "bad_words_ids")) {
      words.add(tokens(config, "bad_words_ids", word));
    }
    return words;
  }

  private static List<JsonNode> lists(ConfigReader config, String key) {
    if (!config.has(key)) {
      return List.of();
    }
    JsonNode value = config.json().get(key);
    List<JsonNode> lists = List.copyOf(value.values());
    if (!value.isArray() || !lists.stream().allMatch(JsonNode::isArray)) {
      throw config.error(key, "must be a list of lists, got " + value);
    }
    return lists;
  }

  private static List<Integer> tokens(ConfigReader config, String key, JsonNode list) {
    List<Integer> tokens = new ArrayList<>();
    for (JsonNode token : list.values()) {
      if (!token.isIntegralNumber() || !token.canConvertToInt() || token.intValue() < 0) {
        throw config.error(key, "must hold token ids, got " + token);
      }
      tokens.add(token.intValue());
    }
    if (tokens.isEmpty()) {
      throw config.error(key, "must not hold an empty sequence of tokens");
    }
    return tokens;
  }
}
