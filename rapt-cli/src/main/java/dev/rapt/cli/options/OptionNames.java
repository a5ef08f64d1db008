package dev.rapt.cli.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

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

  /**
   * An error of the library in terms of the command line: {@code --kv-heads: must ...} for {@code
   * key-value heads: must ...}.
   *
   * @param options the option for each name at the beginning of a message
   */
  static IllegalArgumentException renamed(IllegalArgumentException e, Map<String, String> options) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(':');
    String option = end < 0 ? null : options.get(message.substring(0, end));
    return option == null ? e : new IllegalArgumentException(option + message.substring(end), e);
  }

  /**
   * A message that begins with an option, with the name that was typed: {@code -n: must ...} for
   * {@code --max-tokens: must ...}, {@code --max-length: must ...} for {@code max length: must
   * ...}.
   */
  public static String asTyped(String message, CommandSpec command, List<String> args) {
    int end = message.indexOf(':');
    String subject = end < 0 ? "" : message.substring(0, end);
    for (OptionSpec option : command.options()) {
      String words = option.longestName().substring(2).replace('-', ' ');
      if (subject.equals(option.longestName()) || subject.equals(words)) {
        return Stream.concat(Stream.of(option.longestName()), Arrays.stream(option.names()))
                .filter(name -> isTyped(name, args))
                .findFirst()
                .orElse(subject)
            + message.substring(end);
      }
    }
    return message;
  }

  private static boolean isTyped(String name, List<String> args) {
    boolean isShort = !name.startsWith("--");
    return args.stream()
        .anyMatch(arg ->
            arg.equals(name)
                || arg.startsWith(name + "=")
                || (isShort && arg.startsWith(name) && !arg.startsWith("--")));
  }

  /** The option for a name in the library: {@code --top-k} for {@code topK}. */
  public static String of(String libraryName) {
    String kebab = libraryName.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return DIFFERENT.getOrDefault(libraryName, "--" + kebab);
  }
}
