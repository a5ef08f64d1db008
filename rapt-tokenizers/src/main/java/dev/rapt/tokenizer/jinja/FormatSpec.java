package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.PythonNumbers;
import dev.rapt.tokenizer.jinja.text.Strings;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A format specification: {@code [[fill]align][sign][#][0][width][grouping][.precision][type]}.
 *
 * @param align one of {@code < > ^ =}, or 0 for the default of the type
 * @param sign one of {@code +}, {@code -} and space
 * @param alternate whether integers have a prefix like {@code 0x} and floats keep their point
 * @param groupsFill whether zeros that fill are grouped, too
 * @param width minimum number of characters
 * @param grouping {@code ,} or {@code _}, or 0 for none
 * @param precision digits after the decimal point, or maximum characters of a string; -1 for the
 *     default
 * @param type one of {@code b c d e E f F g G n o s x X %}, or 0 for the default of the value
 */
record FormatSpec(
    String fill,
    char align,
    char sign,
    boolean alternate,
    boolean groupsFill,
    int width,
    char grouping,
    int precision,
    char type) {
  static final int MAX_WIDTH = 1 << 20;

  private static final int DEFAULT_PRECISION = 6;
  private static final String REAL_TYPES = "eEfFgG%";
  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(.)?([<>^=]))?([+\\- ])?(#)?(0)?(\\d{1,7})?([,_])?(?:\\.(\\d{1,7}))?([a-zA-Z%])?",
          Pattern.DOTALL);

  static FormatSpec parse(String text) {
    Matcher matcher = SPEC.matcher(text);
    if (!matcher.matches()) {
      throw Errors.value("Invalid format specifier '" + text + "'");
    }
    boolean zero = matcher.group(5) != null;
    boolean aligned = matcher.group(2) != null;
    String fill = matcher.group(1) != null ? matcher.group(1) : zero ? "0" : " ";
    return new FormatSpec(
        fill,
        first(matcher.group(2), (char) 0),
        first(matcher.group(3), (char) 0),
        matcher.group(4) != null,
        zero && !aligned,
        number(matcher.group(6), 0),
        first(matcher.group(7), (char) 0),
        number(matcher.group(8), -1),
        first(matcher.group(9), (char) 0));
  }

  private static char first(@Nullable String text, char otherwise) {
    return text == null ? otherwise : text.charAt(0);
  }

  private static int number(@Nullable String digits, int otherwise) {
    return digits == null ? otherwise : Math.min(MAX_WIDTH, Integer.parseInt(digits));
  }

  /** {@code format(value, spec)}. */
  static String format(Object value, String spec) {
    String text = Markup.textOf(value);
    if (spec.isEmpty()) {
      return Repr.str(value);
    }
    if (text == null && (!Compare.isNumber(value) || value instanceof Undefined)) {
      throw Errors.type(
          "unsupported format string passed to " + Values.typeName(value) + ".__format__");
    }
    FormatSpec parsed = parse(spec);
    return text == null ? parsed.number(value) : parsed.checkedText(text);
  }

  private String checkedText(String text) {
    if (type != 0 && type != 's') {
      throw unknownType(text);
    }
    if (sign != 0 || alternate || grouping != 0 || align == '=') {
      throw Errors.value("sign, '#', '=' and separators are not allowed for strings");
    }
    return text(text);
  }

  /** Cuts a string to the precision and fills it to the width. */
  String text(String text) {
    boolean cuts = precision >= 0 && precision < Strings.length(text);
    return pad("", cuts ? Strings.part(text, 0, precision) : text, '<');
  }

  /** Formats a number. */
  String number(Object value) {
    boolean real = type != 0 && REAL_TYPES.indexOf(type) >= 0;
    if (value instanceof Double && !real) {
      if (type != 0 && type != 'n') {
        throw unknownType(value);
      }
      real = true;
    }
    if (type == 'c') {
      BigInteger c = whole(value);
      if (c.signum() < 0 || c.bitLength() > 31 || !Character.isValidCodePoint(c.intValue())) {
        throw Errors.of("OverflowError", "%c arg not in range(0x110000)");
      }
      return pad("", Character.toString(c.intValue()), '<');
    }
    String digits = real ? realDigits(PythonMath.toDouble(value)) : wholeDigits(value);
    boolean negative = digits.startsWith("-");
    String prefix = negative ? "-" : sign == '+' || sign == ' ' ? String.valueOf(sign) : "";
    digits = negative ? digits.substring(1) : digits;
    if (alternate && !real) {
      prefix +=
          switch (type) {
            case 'x' -> "0x";
            case 'X' -> "0X";
            case 'o' -> "0o";
            case 'b' -> "0b";
            default -> "";
          };
    }
    if (grouping != 0) {
      digits = grouped(digits, prefix);
    }
    return pad(prefix, digits, groupsFill ? '=' : '>');
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

  private String grouped(String digits, String prefix) {
    boolean byFour = type != 0 && "bxXo".indexOf(type) >= 0;
    if (grouping == ',' && (byFour || type == 'n')) {
      throw Errors.value("Cannot specify ',' with '" + type + "'.");
    }
    int end = 0;
    while (end < digits.length()
        && Character.digit(digits.charAt(end), 16) >= 0
        && (byFour || digits.charAt(end) <= '9')) {
      end++;
    }
    StringBuilder whole = new StringBuilder(digits.substring(0, end));
    String rest = digits.substring(end);
    String result = separated(whole, byFour ? 4 : 3);
    while (groupsFill && end > 0 && prefix.length() + result.length() + rest.length() < width) {
      result = separated(whole.insert(0, '0'), byFour ? 4 : 3);
    }
    return result + rest;
  }

  private String separated(StringBuilder digits, int size) {
    StringBuilder out = new StringBuilder(digits);
    for (int i = digits.length() - size; i > 0; i -= size) {
      out.insert(i, grouping);
    }
    return out.toString();
  }

  private String wholeDigits(Object value) {
    BigInteger whole = whole(value);
    boolean isText = precision >= 0 && type == 0;
    if (isText) {
      throw Errors.value("Precision not allowed in integer format specifier");
    }
    String digits =
        switch (type) {
          case 0, 'd', 'n' -> whole.toString();
          case 'x' -> whole.toString(16);
          case 'X' -> Strings.upper(whole.toString(16));
          case 'o' -> whole.toString(8);
          case 'b' -> whole.toString(2);
          default -> throw unknownType(value);
        };
    int start = digits.startsWith("-") ? 1 : 0;
    int missing = precision - (digits.length() - start);
    return missing <= 0
        ? digits
        : digits.substring(0, start) + "0".repeat(missing) + digits.substring(start);
  }

  private BigInteger whole(Object value) {
    return switch (value) {
      case Long number -> BigInteger.valueOf(number);
      case BigInteger number -> number;
      case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
      default -> throw unknownType(value);
    };
  }

  private ChatTemplateException unknownType(Object value) {
    return Errors.value(
        "Unknown format code '" + type + "' for object of type '" + Values.typeName(value) + "'");
  }

  private String realDigits(double number) {
    int digits = precision < 0 ? DEFAULT_PRECISION : precision;
    if (!Double.isFinite(number)) {
      String text = PythonNumbers.shortest(number) + (type == '%' ? "%" : "");
      return type != 0 && "EFG".indexOf(type) >= 0 ? Strings.upper(text) : text;
    }
    String text =
        switch (type) {
          case 0 -> precision < 0 ? PythonNumbers.shortest(number) : general(number, digits, true);
          case 'f', 'F' -> fixed(number, digits);
          case '%' -> fixed(number * 100, digits) + "%";
          case 'e', 'E' -> exponential(number, digits);
          case 'g', 'G', 'n' -> general(number, digits, false);
          default -> throw unknownType(number);
        };
    return type == 'E' || type == 'G' ? Strings.upper(text) : text;
  }

  private static String signed(double number, String digits) {
    return 1 / number < 0 || number < 0 ? "-" + digits : digits;
  }

  private String fixed(double number, int digits) {
    String text =
        new BigDecimal(Math.abs(number)).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return signed(number, text + (alternate && digits == 0 ? "." : ""));
  }

  private String exponential(double number, int digits) {
    BigDecimal rounded = rounded(number, digits + 1);
    int exponent = exponentOf(rounded);
    String mantissa = rounded.movePointLeft(exponent).setScale(digits).toPlainString();
    return signed(
        number,
        mantissa + (alternate && digits == 0 ? "." : "") + PythonNumbers.exponent(exponent));
  }

  private static BigDecimal rounded(double number, int digits) {
    return new BigDecimal(Math.abs(number)).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  private static int exponentOf(BigDecimal number) {
    return number.signum() == 0 ? 0 : number.precision() - 1 - number.scale();
  }

  private String general(double number, int precision, boolean keepsPoint) {
    int digits = Math.max(1, precision);
    BigDecimal rounded = rounded(number, digits);
    int exponent = exponentOf(rounded);
    boolean usesExponent = exponent < -4 || exponent >= digits - (keepsPoint ? 1 : 0);
    BigDecimal mantissa = usesExponent ? rounded.movePointLeft(exponent) : rounded;
    String plain =
        (alternate
                ? mantissa.setScale(Math.max(0, digits - 1 - (usesExponent ? 0 : exponent)))
                : mantissa.signum() == 0 ? BigDecimal.ZERO : mantissa.stripTrailingZeros())
            .toPlainString();
    boolean bare = plain.indexOf('.') < 0;
    String point = !bare ? "" : alternate ? "." : keepsPoint && !usesExponent ? ".0" : "";
    return signed(number, plain + point + (usesExponent ? PythonNumbers.exponent(exponent) : ""));
  }
}
