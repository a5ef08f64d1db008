package dev.rapt.cli.options;

import java.lang.reflect.AnnotatedElement;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Checks options against their {@link Range}. */
public final class Ranges {
  private Ranges() {}

  /**
   * Checks all options that were given.
   *
   * @throws ParameterException for the first value out of range
   */
  public static void check(ParseResult parsed) {
    CommandLine line = parsed.commandSpec().commandLine();
    for (OptionSpec option : parsed.matchedOptions()) {
      Range range = rangeOf(option);
      if (range == null) {
        continue;
      }
      Object value = option.getValue();
      Collection<?> values = value instanceof Collection<?> many ? many : List.of(value);
      for (Object each : values) {
        if (each instanceof Number number && !holds(range, number.doubleValue())) {
          String problem = problem(range, option, shown(option, values, number));
          throw new ParameterException(line, option.longestName() + ": " + problem);
        }
      }
    }
  }

  /**
   * The sentence about a whole number that the type of its option cannot hold; empty for other
   * options and for texts that are no whole number.
   */
  public static Optional<String> problem(@Nullable ArgSpec argument, @Nullable String value) {
    Range range = argument == null ? null : rangeOf(argument);
    if (argument instanceof OptionSpec option
        && range != null
        && value != null
        && value.strip().matches("[+-]?\\d+")) {
      return Optional.of(option.longestName() + ": " + problem(range, option, value.strip()));
    }
    return Optional.empty();
  }

  private static @Nullable Range rangeOf(ArgSpec option) {
    return option.userObject() instanceof AnnotatedElement field
        ? field.getAnnotation(Range.class)
        : null;
  }

  private static boolean holds(Range range, double value) {
    return (range.aboveMin() ? value > range.min() : value >= range.min())
        && (range.belowMax() ? value < range.max() : value <= range.max());
  }

  private static String shown(OptionSpec option, Collection<?> values, Number number) {
    List<String> typed = option.stringValues();
    return values.size() == 1 && typed.size() == 1 ? typed.getFirst() : number.toString();
  }

  private static String problem(Range range, ArgSpec option, String got) {
    double min = Math.max(range.min(), typeMin(option));
    double max = Math.min(range.max(), typeMax(option));
    double number = asNumber(got);
    boolean hasMin = Double.isFinite(range.min()) || number <= min;
    boolean hasMax = Double.isFinite(range.max()) || number >= max;
    String must;
    if (hasMin && hasMax && !range.aboveMin() && !range.belowMax()) {
      must = "from " + text(min) + " to " + text(max);
    } else {
      String low = (range.aboveMin() ? "above " : "at least ") + text(min);
      String high = (range.belowMax() ? "below " : "at most ") + text(max);
      must = !hasMin ? high : !hasMax ? low : low + " and " + high;
    }
    return "must be " + must + ", got " + got;
  }

  private static double asNumber(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static double typeMin(ArgSpec option) {
    return isInt(option) ? Integer.MIN_VALUE : isLong(option) ? Long.MIN_VALUE : -Double.MAX_VALUE;
  }

  private static double typeMax(ArgSpec option) {
    return isInt(option) ? Integer.MAX_VALUE : isLong(option) ? Long.MAX_VALUE : Double.MAX_VALUE;
  }

  private static boolean isInt(ArgSpec option) {
    return option.auxiliaryTypes()[0] == int.class || option.auxiliaryTypes()[0] == Integer.class;
  }

  private static boolean isLong(ArgSpec option) {
    return option.auxiliaryTypes()[0] == long.class || option.auxiliaryTypes()[0] == Long.class;
  }

  /** Whole numbers without a fraction: 1, 1000000000000. */
  private static String text(double value) {
    if (value == 0x1p63) { // the largest long, which no double equals
      return Long.toString(Long.MAX_VALUE);
    }
    return new BigDecimal(value).stripTrailingZeros().toPlainString();
  }
}
