package dev.rapt.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one value is formatted: {@code [[fill]align][sign][0][width][,][.precision][type]}.
 *
 * @param align one of {@code < > ^ =}, or 0 for what suits the type
 * @param sign one of {@code + -} and space
 * @param width smallest number of characters
 * @param precision digits after the point, or characters of a text; -1 if not given
 * @param type how: {@code d s f F e E g G x X o b %}, or 0 for what suits the value
 */
record FormatSpec(
    String fill, char align, char sign, int width, boolean grouped, int precision, char type) {
  private static final int MAX_WIDTH = 1 << 20;
  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(.)?([<>^=]))?([+\\- ])?(0)?(\\d{1,7})?(,)?(?:\\.(\\d{1,7}))?([a-zA-Z%])?",
          Pattern.DOTALL);

  static FormatSpec parse(String text) {
    Matcher matcher = SPEC.matcher(text);
    if (!matcher.matches()) {
      throw TemplateException.value("Invalid format specifier '" + text + "'");
    }
    boolean zero = matcher.group(4) != null;
    String fill = matcher.group(1) != null ? matcher.group(1) : zero ? "0" : " ";
    return new FormatSpec(
        fill,
        matcher.group(2) != null ? matcher.group(2).charAt(0) : zero ? '=' : 0,
        matcher.group(3) != null ? matcher.group(3).charAt(0) : '-',
        Math.min(MAX_WIDTH, number(matcher.group(5), 0)),
        matcher.group(6) != null,
        Math.min(MAX_WIDTH, number(matcher.group(7), -1)),
        matcher.group(8) != null ? matcher.group(8).charAt(0) : 0);
  }

  private static int number(@org.jspecify.annotations.Nullable String digits, int otherwise) {
    return digits == null ? otherwise : Integer.parseInt(digits);
  }

  String format(Object value) {
    boolean isText =
        type == 's' || (type == 0 && (!Compare.isNumber(value) || value instanceof Boolean));
    if (isText) {
      String text = Repr.str(value);
      return pad(
          "",
          precision >= 0 ? Strings.part(text, 0, Math.min(precision, Strings.length(text))) : text,
          '<');
    }
    if (!Compare.isNumber(value)) {
      throw TemplateException.value(
          "Unknown format code '" + type + "' for object of type '" + TypeNames.of(value) + "'");
    }
    String digits = digits(value);
    boolean negative = digits.startsWith("-");
    String prefix = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    digits = negative ? digits.substring(1) : digits;
    return pad(prefix, grouped ? group(digits) : digits, '>');
  }

  private String pad(String prefix, String body, char usual) {
    int missing = width - Strings.length(prefix) - Strings.length(body);
    if (missing <= 0) {
      return prefix + body;
    }
    return switch (align == 0 ? usual : align) {
      case '<' -> prefix + body + fill.repeat(missing);
      case '^' -> fill.repeat(missing / 2) + prefix + body + fill.repeat(missing - missing / 2);
      case '=' -> prefix + fill.repeat(missing) + body;
      default -> fill.repeat(missing) + prefix + body;
    };
  }

  private static String group(String digits) {
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    StringBuilder out = new StringBuilder(digits);
    for (int i = end - 3; i > 0; i -= 3) {
      out.insert(i, ',');
    }
    return out.toString();
  }

  private String digits(Object value) {
    return switch (type) {
      case 0 -> precision >= 0 && value instanceof Double ? general(value, true) : Repr.str(value);
      case 'd', 'i', 'u', 'n' -> whole(value).toString();
      case 'x' -> whole(value).toString(16);
      case 'X' -> Strings.upper(whole(value).toString(16));
      case 'o' -> whole(value).toString(8);
      case 'b' -> whole(value).toString(2);
      case 'f', 'F' -> fixed(value);
      case '%' -> fixed(Arithmetic.toDouble(value) * 100) + "%";
      case 'e' -> exponential(value);
      case 'E' -> Strings.upper(exponential(value));
      case 'g' -> general(value, false);
      case 'G' -> Strings.upper(general(value, false));
      default ->
          throw TemplateException.value(
              "Unknown format code '"
                  + type
                  + "' for object of type '"
                  + TypeNames.of(value)
                  + "'");
    };
  }

  private BigInteger whole(Object value) {
    return switch (value) {
      case Long number -> BigInteger.valueOf(number);
      case BigInteger number -> number;
      case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
      default ->
          throw TemplateException.value(
              "Unknown format code '" + type + "' for object of type 'float'");
    };
  }

  private String fixed(Object value) {
    double number = Arithmetic.toDouble(value);
    if (!Double.isFinite(number)) {
      return Repr.number(number);
    }
    String text =
        new BigDecimal(number)
            .setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN)
            .toPlainString();
    return number < 0 && !text.startsWith("-") ? "-" + text : text;
  }

  private String exponential(Object value) {
    int digits = precision < 0 ? 6 : precision;
    return String.format(
        java.util.Locale.ROOT, "%." + digits + "e", new BigDecimal(Arithmetic.toDouble(value)));
  }

  private String general(Object value, boolean keepPoint) {
    int digits = precision < 0 ? 6 : Math.max(1, precision);
    double number = Arithmetic.toDouble(value);
    if (number == 0 || !Double.isFinite(number)) {
      return Repr.number(number).replace(".0", keepPoint ? ".0" : "");
    }
    BigDecimal rounded =
        new BigDecimal(number).round(new java.math.MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - 1 - rounded.scale();
    if (exponent < -4 || exponent >= digits) {
      String mantissa = rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString();
      return mantissa
          + (exponent < 0 ? "e-" : "e+")
          + (Math.abs(exponent) < 10 ? "0" : "")
          + Math.abs(exponent);
    }
    String plain = rounded.stripTrailingZeros().toPlainString();
    return keepPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
  }
}
