package dev.rapt.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code 'format' % values} of Python. */
final class PercentFormat {
  private static final Pattern CONVERSION =
      Pattern.compile("%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d{1,7})?(?:\\.(\\d{1,7}))?([a-zA-Z%])");

  private PercentFormat() {}

  /**
   * The formatted text.
   *
   * @param values a tuple of values, a dict where the conversions have names, or one value
   */
  static String format(String format, Object values) {
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
        throw TemplateException.value("incomplete or unsupported format");
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
          throw TemplateException.type("format requires a mapping");
        }
        value = dict.get(matcher.group(1));
        if (value == null) {
          throw TemplateException.of("KeyError", "'" + matcher.group(1) + "'");
        }
      } else if (used < positional.size()) {
        value = positional.get(used++);
      } else {
        throw TemplateException.type("not enough arguments for format string");
      }
      out.append(convert(matcher, type, value));
    }
    if (used < positional.size() && !(values instanceof Map<?, ?>)) {
      throw TemplateException.type("not all arguments converted during string formatting");
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
      throw TemplateException.type(
          "%" + type + " format: a real number is required, not " + TypeNames.of(value));
    }
    boolean whole = type == 'd' || type == 'i' || type == 'u';
    if (whole) {
      return FormatSpec.parse(spec.replaceAll("\\.\\d+", "") + "d")
          .format(value instanceof Double number ? (Object) (long) (double) number : value);
    }
    return FormatSpec.parse(spec + type).format(value);
  }
}
