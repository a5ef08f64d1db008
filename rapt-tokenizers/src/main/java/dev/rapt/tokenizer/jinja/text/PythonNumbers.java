package dev.rapt.tokenizer.jinja.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** PythonNumbers as Python writes and reads them. */
public final class PythonNumbers {
  private static final Pattern FLOAT =
      Pattern.compile(
          "(?:\\d+(?:_\\d+)*\\.?(?:\\d+(?:_\\d+)*)?|\\.\\d+(?:_\\d+)*)"
              + "(?:[eE][+-]?\\d+(?:_\\d+)*)?");
  private static final Pattern DIGITS = Pattern.compile("_?[0-9a-z]+(?:_[0-9a-z]+)*");

  private PythonNumbers() {}

  /**
   * A float: the shortest digits that round-trip; with an exponent at 1e16 and above, below 1e-4.
   */
  public static String shortest(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    boolean smallest = Math.abs(value) == Double.MIN_VALUE; // Java writes two digits, 4.9E-324
    BigDecimal decimal =
        new BigDecimal(smallest ? "5e-324" : Double.toString(Math.abs(value))).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int exponent = digits.length() - 1 - decimal.scale();
    String sign = value < 0 ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return sign + digits.charAt(0) + fraction + exponent(exponent);
    }
    String plain = decimal.toPlainString();
    return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
  }

  /** An exponent: sign and at least two digits, like {@code e-07}. */
  public static String exponent(int exponent) {
    int size = Math.abs(exponent);
    return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
  }

  /**
   * Reads an integer as {@code int(text, base)} does.
   *
   * @param base 2 to 36, or 0 for the base that a prefix like {@code 0x} gives
   * @return the integer; null if the text is none
   */
  public static @Nullable BigInteger parseInt(String text, int base) {
    String body = ascii(text);
    boolean negative = body.startsWith("-");
    String digits = Strings.lower(negative || body.startsWith("+") ? body.substring(1) : body);
    int prefixed =
        digits.length() < 2 || digits.charAt(0) != '0'
            ? 0
            : switch (digits.charAt(1)) {
              case 'x' -> 16;
              case 'o' -> 8;
              case 'b' -> 2;
              default -> 0;
            };
    boolean hasPrefix = prefixed > 0 && (base == 0 || base == prefixed);
    int radix = base != 0 ? base : hasPrefix ? prefixed : 10;
    digits = hasPrefix ? digits.substring(2) : digits;
    boolean valid =
        radix >= 2
            && radix <= 36
            && DIGITS.matcher(digits).matches()
            && (hasPrefix || digits.charAt(0) != '_')
            && digits.chars().allMatch(c -> c == '_' || Character.digit(c, radix) >= 0)
            && (base != 0 || hasPrefix || digits.charAt(0) != '0' || digits.matches("[0_]+"));
    if (!valid) {
      return null;
    }
    BigInteger value = new BigInteger(digits.replace("_", ""), radix);
    return negative ? value.negate() : value;
  }

  /** Reads a float as {@code float(text)} does; null if the text is none. */
  public static @Nullable Double parseDouble(String text) {
    String body = Strings.lower(ascii(text));
    boolean negative = body.startsWith("-");
    String digits = negative || body.startsWith("+") ? body.substring(1) : body;
    double value;
    switch (digits) {
      case "inf", "infinity" -> value = Double.POSITIVE_INFINITY;
      case "nan" -> value = Double.NaN;
      default -> {
        if (!FLOAT.matcher(digits).matches()) {
          return null;
        }
        value = Double.parseDouble(digits.replace("_", ""));
      }
    }
    return negative ? -value : value;
  }

  /** Strips white space and maps decimal digits of all scripts to those of ASCII. */
  private static String ascii(String text) {
    StringBuilder out = new StringBuilder(text.length());
    Strings.strip(text, Strings::isSpace)
        .codePoints()
        .forEach(c ->
            out.appendCodePoint(
                c > 127 && Character.isDigit(c) ? '0' + Character.digit(c, 10) : c));
    return out.toString();
  }
}
