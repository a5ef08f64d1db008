package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Html;
import dev.rapt.tokenizer.jinja.text.PythonNumbers;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code %} operator of strings. */
final class PercentFormat {
  private static final Pattern CONVERSION =
      Pattern.compile(
          "%(?:\\(([^()]*)\\))?([-+ 0#]*)(\\*|\\d{1,7})?(?:\\.(\\*|\\d{0,7}))?[hlL]?(.)",
          Pattern.DOTALL);

  private final Object values;
  private final List<?> positional;
  private final boolean escapes;
  private int used;

  private PercentFormat(Object values, boolean escapes) {
    this.values = values;
    this.positional = values instanceof Tuple tuple ? tuple : List.of(values);
    this.escapes = escapes;
  }

  /**
   * Formats values.
   *
   * @param values a tuple, a dict if the conversions have names, or a single value
   * @param escapes whether strings that are put in are escaped, as for markup
   */
  static String format(String format, Object values, boolean escapes) {
    return new PercentFormat(values, escapes).format(format);
  }

  private String format(String format) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = CONVERSION.matcher(format);
    int at = 0;
    int percent = format.indexOf('%');
    while (percent >= 0) {
      out.append(format, at, percent);
      if (format.startsWith("%%", percent)) {
        out.append('%');
        at = percent + 2;
      } else {
        if (!matcher.find(percent) || matcher.start() != percent) {
          throw Errors.value("incomplete format");
        }
        at = matcher.end();
        out.append(convert(matcher));
      }
      percent = format.indexOf('%', at);
    }
    if (used < positional.size() && !isMapping(values)) {
      throw Errors.type("not all arguments converted during string formatting");
    }
    return out.append(format, at, format.length()).toString();
  }

  /** Returns whether left-over values are no error: those that have elements, but for strings. */
  private static boolean isMapping(Object values) {
    return values instanceof Map<?, ?>
        || values instanceof Undefined
        || (values instanceof List<?> && !(values instanceof Tuple));
  }

  private String convert(Matcher conversion) {
    String flags = conversion.group(2);
    boolean left = flags.contains("-");
    Object named = conversion.group(1) == null ? null : named(conversion.group(1));
    int width = size(conversion.group(3), 0);
    if (width < 0) {
      left = true;
      width = -width;
    }
    int precision = "".equals(conversion.group(4)) ? 0 : size(conversion.group(4), -1);
    Object value = named == null ? next() : named;
    char type = conversion.group(5).charAt(0);
    boolean isText = "srac".indexOf(type) >= 0;
    boolean zero = flags.contains("0") && !left && !isText;
    FormatSpec spec =
        new FormatSpec(
            zero ? "0" : " ",
            left ? '<' : zero ? '=' : '>',
            flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-',
            flags.contains("#"),
            false,
            Math.min(FormatSpec.MAX_WIDTH, width),
            (char) 0,
            Math.min(FormatSpec.MAX_WIDTH, precision),
            type == 'i' || type == 'u' ? 'd' : type);
    return switch (type) {
      case 's' -> spec.text(escapes ? Markup.escape(value).text() : Repr.str(value));
      case 'r' -> spec.text(escaped(Repr.repr(value)));
      case 'a' -> spec.text(escaped(Repr.ascii(value)));
      case 'c' -> spec.text(escapes ? character(None.NONE) : character(value));
      case 'd', 'i', 'u' -> spec.number(integer(type, value));
      case 'x', 'X', 'o' -> {
        if (escapes || !Compare.isNumber(value) || value instanceof Double) {
          throw wrongType(type, "an integer", value);
        }
        yield spec.number(value);
      }
      case 'e', 'E', 'f', 'F', 'g', 'G' -> spec.number(real(value));
      default ->
          throw Errors.value("unsupported format character " + Repr.repr(String.valueOf(type)));
    };
  }

  private String escaped(String text) {
    return escapes ? Html.escape(text) : text;
  }

  private int size(@org.jspecify.annotations.Nullable String written, int otherwise) {
    if (written == null) {
      return otherwise;
    }
    if (!written.equals("*")) {
      return Integer.parseInt(written);
    }
    if (next() instanceof Long number) {
      return Math.clamp(number, -FormatSpec.MAX_WIDTH, FormatSpec.MAX_WIDTH);
    }
    throw Errors.type("* wants int");
  }

  private Object next() {
    if (used >= positional.size()) {
      throw Errors.type("not enough arguments for format string");
    }
    return positional.get(used++);
  }

  private Object named(String key) {
    if (!(values instanceof Map<?, ?> dict)) {
      throw Errors.type("format requires a mapping");
    }
    Object value = dict.get(key);
    if (value == null) {
      throw Errors.of("KeyError", Repr.repr(key));
    }
    used = positional.size();
    return value;
  }

  private static String character(Object value) {
    if (value instanceof Long c && Character.isValidCodePoint(Math.clamp(c, -1, 0x110000))) {
      return Character.toString((int) (long) c);
    }
    String text = value instanceof Boolean flag ? (flag ? "\1" : "\0") : Markup.textOf(value);
    if (text == null || text.codePointCount(0, text.length()) != 1) {
      throw Errors.type("%c requires int or char");
    }
    return text;
  }

  private Object integer(char type, Object value) {
    String text = escapes ? Markup.textOf(value) : null;
    Object whole = text == null ? value : PythonNumbers.parseInt(text, 10);
    if (whole instanceof Double number) {
      return PythonMath.truncate(number);
    }
    if (whole == null || !Compare.isNumber(whole)) {
      throw wrongType(type, "a real number", value);
    }
    return PythonMath.positive(
        whole instanceof java.math.BigInteger big ? PythonMath.integer(big) : whole);
  }

  private Object real(Object value) {
    String text = escapes ? Markup.textOf(value) : null;
    Double number = text == null ? null : PythonNumbers.parseDouble(text);
    return number == null ? PythonMath.toDouble(value) : number;
  }

  private static RuntimeException wrongType(char type, String wanted, Object value) {
    return Errors.type(
        "%" + type + " format: " + wanted + " is required, not " + Values.typeName(value));
  }
}
