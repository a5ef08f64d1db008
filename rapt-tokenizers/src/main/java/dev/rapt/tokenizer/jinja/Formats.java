package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** String formatting of Python: the {@code %} operator and {@code str.format}. */
final class Formats {
  private static final Pattern CONVERSION =
      Pattern.compile("%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d{1,7})?(?:\\.(\\d{1,7}))?([a-zA-Z%])");

  private Formats() {}

  /**
   * Formats with the {@code %} operator.
   *
   * @param values a tuple, a dict if the conversions have names, or a single value
   */
  static String percent(String format, Object values) {
    List<?> positional = values instanceof Tuple tuple ? tuple : List.of(values);
    StringBuilder out = new StringBuilder();
    Matcher matcher = CONVERSION.matcher(format);
    int at = 0;
    int used = 0;
    while (true) {
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        break;
      }
      out.append(format, at, percent);
      if (!matcher.find(percent) || matcher.start() != percent) {
        throw Errors.value("incomplete or unsupported format");
      }
      at = matcher.end();
      char type = matcher.group(5).charAt(0);
      if (type == '%') {
        out.append('%');
        continue;
      }
      Object value;
      if (matcher.group(1) != null) {
        if (!(values instanceof Map<?, ?> dict)) {
          throw Errors.type("format requires a mapping");
        }
        value = dict.get(matcher.group(1));
        if (value == null) {
          throw Errors.of("KeyError", "'" + matcher.group(1) + "'");
        }
      } else if (used < positional.size()) {
        value = positional.get(used++);
      } else {
        throw Errors.type("not enough arguments for format string");
      }
      out.append(convert(matcher, type, value));
    }
    if (used < positional.size() && !(values instanceof Map<?, ?>)) {
      throw Errors.type("not all arguments converted during string formatting");
    }
    return out.append(format, at, format.length()).toString();
  }

  private static String convert(Matcher matcher, char type, Object value) {
    String flags = matcher.group(2);
    boolean isText = type == 's' || type == 'r' || type == 'a';
    String spec =
        (flags.contains("-") ? "<" : flags.contains("0") && !isText ? "" : ">")
            + (flags.contains("+") && !isText ? "+" : flags.contains(" ") && !isText ? " " : "")
            + (flags.contains("0") && !flags.contains("-") && !isText ? "0" : "")
            + (matcher.group(3) == null ? "" : matcher.group(3))
            + (matcher.group(4) == null ? "" : "." + matcher.group(4));
    if (isText) {
      return FormatSpec.parse(spec + "s").format(type == 's' ? Repr.str(value) : Repr.repr(value));
    }
    if (!Compare.isNumber(value)) {
      throw Errors.type(
          "%" + type + " format: a real number is required, not " + Values.typeName(value));
    }
    boolean whole = type == 'd' || type == 'i' || type == 'u';
    if (whole) {
      return FormatSpec.parse(spec.replaceAll("\\.\\d+", "") + "d")
          .format(value instanceof Double number ? (Object) (long) (double) number : value);
    }
    return FormatSpec.parse(spec + type).format(value);
  }

  /** Formats as {@code str.format}, with fields by position or name. */
  static String braces(String format, Arguments arguments) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.append(c);
        i++;
      } else if (c == '}') {
        throw Errors.value("Single '}' encountered in format string");
      } else if (c != '{') {
        out.append(c);
      } else {
        int end = format.indexOf('}', i);
        if (end < 0) {
          throw Errors.value("Single '{' encountered in format string");
        }
        String field = format.substring(i + 1, end);
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        FormatSpec spec = FormatSpec.parse(colon < 0 ? "" : field.substring(colon + 1));
        int bang = name.indexOf('!');
        String conversion = bang < 0 ? "" : name.substring(bang + 1);
        name = bang < 0 ? name : name.substring(0, bang);
        Object value = value(name.isEmpty() ? String.valueOf(next++) : name, arguments);
        out.append(
            spec.format(
                switch (conversion) {
                  case "" -> value;
                  case "s" -> Repr.str(value);
                  case "r" -> Repr.repr(value);
                  default ->
                      throw Errors.value("Unknown conversion specifier '" + conversion + "'");
                }));
        i = end;
      }
    }
    return out.toString();
  }

  private static Object value(String path, Arguments arguments) {
    String[] parts = path.split("\\.|\\[", -1);
    String first = parts[0];
    Object value;
    if (first.chars().allMatch(Character::isDigit) && first.length() < 8) {
      int index = Integer.parseInt(first);
      if (index >= arguments.positional().size()) {
        throw Errors.of(
            "IndexError", "Replacement index " + index + " out of range for positional args tuple");
      }
      value = arguments.positional().get(index);
    } else {
      Object named = arguments.named().get(first);
      if (named == null) {
        throw Errors.of("KeyError", "'" + first + "'");
      }
      value = named;
    }
    for (int i = 1; i < parts.length; i++) {
      String key = parts[i];
      if (!key.endsWith("]")) {
        value = Elements.attribute(value, key);
        continue;
      }
      key = key.substring(0, key.length() - 1);
      boolean isIndex = !key.isEmpty() && key.chars().allMatch(Character::isDigit);
      value = Elements.item(value, isIndex ? (Object) Long.valueOf(key) : key);
    }
    return value;
  }

  /**
   * A format specification: {@code [[fill]align][sign][0][width][,][.precision][type]}.
   *
   * @param align one of {@code < > ^ =}, or 0 for the default of the type
   * @param sign one of {@code +}, {@code -} and space
   * @param width minimum number of characters
   * @param precision digits after the decimal point, or maximum characters of a string; -1 for the
   *     default
   * @param type one of {@code d s f F e E g G x X o b %}, or 0 for the default of the type
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
        throw Errors.value("Invalid format specifier '" + text + "'");
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
            precision >= 0
                ? Strings.part(text, 0, Math.min(precision, Strings.length(text)))
                : text,
            '<');
      }
      if (!Compare.isNumber(value)) {
        throw Errors.value(
            "Unknown format code '"
                + type
                + "' for object of type '"
                + Values.typeName(value)
                + "'");
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
        case 0 ->
            precision >= 0 && value instanceof Double ? general(value, true) : Repr.str(value);
        case 'd', 'i', 'u', 'n' -> whole(value).toString();
        case 'x' -> whole(value).toString(16);
        case 'X' -> Strings.upper(whole(value).toString(16));
        case 'o' -> whole(value).toString(8);
        case 'b' -> whole(value).toString(2);
        case 'f', 'F' -> fixed(value);
        case '%' -> fixed(PythonMath.toDouble(value) * 100) + "%";
        case 'e' -> exponential(value);
        case 'E' -> Strings.upper(exponential(value));
        case 'g' -> general(value, false);
        case 'G' -> Strings.upper(general(value, false));
        default ->
            throw Errors.value(
                "Unknown format code '"
                    + type
                    + "' for object of type '"
                    + Values.typeName(value)
                    + "'");
      };
    }

    private BigInteger whole(Object value) {
      return switch (value) {
        case Long number -> BigInteger.valueOf(number);
        case BigInteger number -> number;
        case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
        default ->
            throw Errors.value("Unknown format code '" + type + "' for object of type 'float'");
      };
    }

    private String fixed(Object value) {
      double number = PythonMath.toDouble(value);
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
          java.util.Locale.ROOT, "%." + digits + "e", new BigDecimal(PythonMath.toDouble(value)));
    }

    private String general(Object value, boolean keepPoint) {
      int digits = precision < 0 ? 6 : Math.max(1, precision);
      double number = PythonMath.toDouble(value);
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
}
