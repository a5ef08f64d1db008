package dev.rapt.reward;

import dev.rapt.text.RewardModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A reward as text: {@code number}, {@code 0.5*regex:^[a-z]+$}, {@code model:runs/reward}.
 *
 * @param weight factor of the reward in a sum
 * @param argument what stands behind the colon; null for none
 */
public record RewardSpec(double weight, Kind kind, @Nullable String argument) {
  private static final Pattern WEIGHTED = Pattern.compile("([0-9.eE+-]+)\\*(.*)", Pattern.DOTALL);

  /** Kinds of rewards; {@link #label} names each. */
  public enum Kind {
    /** {@link NumberReward}: the last number. */
    NUMBER(""),
    /** {@link NumberReward}: the number behind {@code ####}. */
    GSM8K(""),
    /** {@link ExactReward}. */
    EXACT(""),
    /** {@link PatternReward}. */
    REGEX("PATTERN"),
    /** {@link JsonReward}. */
    JSON("[SCHEMA]"),
    /** {@link ModelReward}. */
    MODEL("DIR");

    private final String argument;

    Kind(String argument) {
      this.argument = argument;
    }

    /** Returns the name in texts. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private String shown() {
      return argument.isEmpty() ? label() : label() + ":" + argument;
    }
  }

  /**
   * Reads a reward.
   *
   * @throws IllegalArgumentException if it is not written as a reward
   */
  public static RewardSpec parse(String text) {
    Matcher weighted = WEIGHTED.matcher(text);
    boolean hasWeight = weighted.matches();
    String rest = hasWeight ? weighted.group(2) : text;
    int colon = rest.indexOf(':');
    String name = colon < 0 ? rest : rest.substring(0, colon);
    String argument = colon < 0 ? null : rest.substring(colon + 1);
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(each -> each.label().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(text));
    boolean mustHave = !kind.argument.isEmpty() && !kind.argument.startsWith("[");
    boolean mayHave = !kind.argument.isEmpty();
    if ((argument == null || argument.isEmpty()) ? mustHave : !mayHave) {
      throw new IllegalArgumentException(
          "--reward: must be written as %s, got %s".formatted(kind.shown(), text));
    }
    return new RewardSpec(hasWeight ? weight(weighted.group(1), text) : 1, kind, argument);
  }

  private static double weight(String number, String text) {
    try {
      double weight = Double.parseDouble(number);
      if (Double.isFinite(weight)) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // reported below, as infinite weights are
    }
    throw new IllegalArgumentException(
        "--reward: the weight before * must be a number, got %s in %s".formatted(number, text));
  }

  private static IllegalArgumentException unknown(String text) {
    return new IllegalArgumentException(
        "--reward: must be one of %s, with a weight such as 0.5* before it or none, got %s"
            .formatted(
                Arrays.stream(Kind.values()).map(Kind::shown).collect(Collectors.joining(", ")),
                text));
  }

  /** Returns a copy whose file or folder is named by an absolute path. */
  public RewardSpec withAbsolutePath() {
    return argument != null && (kind == Kind.JSON || kind == Kind.MODEL)
        ? new RewardSpec(weight, kind, Path.of(argument).toAbsolutePath().normalize().toString())
        : this;
  }

  /**
   * Makes the reward, without its weight. A reward model is loaded, which the caller closes.
   *
   * @param answer column of the right answer
   * @throws IllegalArgumentException if the argument is no regular expression
   * @throws dev.rapt.checkpoint.CheckpointException if a schema or reward model cannot be read
   */
  public Reward open(String answer) {
    return switch (kind) {
      case NUMBER -> new NumberReward(answer, false);
      case GSM8K -> new NumberReward(answer, true);
      case EXACT -> new ExactReward(answer);
      case REGEX -> new PatternReward(pattern(), answer);
      case JSON -> new JsonReward(argument == null ? null : JsonSchema.read(Path.of(argument)));
      case MODEL -> new ModelReward(RewardModel.load(Path.of(String.valueOf(argument))));
    };
  }

  private Pattern pattern() {
    try {
      return Pattern.compile(String.valueOf(argument), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "--reward: regex must be a regular expression, got %s: %s"
              .formatted(argument, e.getDescription()),
          e);
    }
  }

  /** Returns the reward as text, as {@link #parse} reads it. */
  @Override
  public String toString() {
    String name = argument == null ? kind.label() : kind.label() + ":" + argument;
    return weight == 1 ? name : weight + "*" + name;
  }
}
