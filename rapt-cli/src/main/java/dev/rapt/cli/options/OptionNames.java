package dev.rapt.cli.options;

import java.util.Locale;
import java.util.Map;

/** Names of the options of generation on the command line. */
public final class OptionNames {
  /** Names that differ from those in the library by more than their spelling. */
  private static final Map<String, String> DIFFERENT =
      Map.ofEntries(
          Map.entry("maxNewTokens", "--max-tokens"),
          Map.entry("minNewTokens", "--min-tokens"),
          Map.entry("exponentialDecayLengthPenalty", "--decay"),
          Map.entry("sequenceBias", "--bias"),
          Map.entry("noRepeatNgramSize", "--no-repeat-ngram"),
          Map.entry("encoderNoRepeatNgramSize", "--encoder-no-repeat-ngram"),
          Map.entry("badWordsIds", "--bad-words"),
          Map.entry("suppressTokens", "--suppress"),
          Map.entry("beginSuppressTokens", "--begin-suppress"),
          Map.entry("forcedBosTokenId", "--forced-bos"),
          Map.entry("forcedEosTokenIds", "--forced-eos"),
          Map.entry("numBeams", "--beams"),
          Map.entry("numBeamGroups", "--beam-groups"),
          Map.entry("eosTokenIds", "--stop-token"),
          Map.entry("stopStrings", "--stop"),
          Map.entry("topLogProbs", "--logprobs"),
          Map.entry("removeInvalidValues", "--replace-invalid"),
          Map.entry("renormalizeLogits", "--renormalize"));

  private OptionNames() {}

  /** The option for a name in the library: {@code --top-k} for {@code topK}. */
  public static String of(String libraryName) {
    String kebab = libraryName.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return DIFFERENT.getOrDefault(libraryName, "--" + kebab);
  }
}
