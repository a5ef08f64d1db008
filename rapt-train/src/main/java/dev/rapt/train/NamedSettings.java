package dev.rapt.train;

import java.util.Map;

/** The settings of a task or an objective, as text by name. */
public record NamedSettings(Map<String, String> values) {
  /**
   * Returns a setting that is a number.
   *
   * @throws IllegalArgumentException if it is not in [min, max]
   */
  public double number(String setting, double usual, double min, double max) {
    String value = values.get(setting);
    double number = value == null ? usual : Double.parseDouble(value);
    if (!(number >= min && number <= max)) {
      throw new IllegalArgumentException(
          "%s: must be from %s to %s, got %s"
              .formatted(setting, shown(min), shown(max), shown(number)));
    }
    return number;
  }

  /** Returns a number in seven digits, since bounds may be the float nearest to a decimal. */
  private static String shown(double number) {
    String seven = Float.toString((float) number);
    return seven.endsWith(".0") ? seven.substring(0, seven.length() - 2) : seven;
  }

  /** Returns a setting that is text. */
  public String text(String setting, String usual) {
    return values.getOrDefault(setting, usual);
  }

  /** Returns a setting that is a truth value. */
  public boolean flag(String setting) {
    return Boolean.parseBoolean(values.getOrDefault(setting, "false"));
  }
}
