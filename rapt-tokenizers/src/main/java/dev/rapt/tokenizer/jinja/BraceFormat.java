package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Html;
import java.util.List;
import java.util.Map;

/** {@code str.format}: fields by position or name, in braces. */
final class BraceFormat {
  private static final int MAX_NESTING = 2;

  private final List<Object> positional;
  private final Map<?, ?> named;
  private final boolean escapes;
  private int automatic;
  private boolean manual;

  private BraceFormat(List<Object> positional, Map<?, ?> named, boolean escapes) {
    this.positional = positional;
    this.named = named;
    this.escapes = escapes;
  }

  /**
   * Formats arguments.
   *
   * @param escapes whether strings that are put in are escaped, as for markup
   */
  static String format(String format, Arguments arguments, boolean escapes) {
    return new BraceFormat(arguments.positional(), arguments.named(), escapes)
        .format(format, MAX_NESTING);
  }

  /** Formats the values of a dict: {@code str.format_map}. */
  static String formatMap(String format, Arguments arguments, boolean escapes) {
    if (arguments.bind("format_map", "mapping").get(0) instanceof Map<?, ?> dict) {
      return new BraceFormat(List.of(), dict, escapes).format(format, MAX_NESTING);
    }
    throw Errors.type("format_map() argument must be a mapping");
  }

  private String format(String format, int nesting) {
    if (nesting == 0) {
      throw Errors.value("Max string recursion exceeded");
    }
    StringBuilder out = new StringBuilder();
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
        int end = fieldEnd(format, i + 1);
        out.append(field(format.substring(i + 1, end), nesting));
        i = end;
      }
    }
    return out.toString();
  }

  private static int fieldEnd(String format, int from) {
    int open = 1;
    for (int i = from; i < format.length(); i++) {
      open += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
      if (open == 0) {
        return i;
      }
    }
    throw Errors.value(
        from == format.length()
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
  }

  private String field(String field, int nesting) {
    int nameEnd = 0;
    boolean inBrackets = false;
    while (nameEnd < field.length()) {
      char c = field.charAt(nameEnd);
      if (!inBrackets && (c == ':' || c == '!')) {
        break;
      }
      inBrackets = c == '[' || (inBrackets && c != ']');
      nameEnd++;
    }
    Object value = value(field.substring(0, nameEnd));
    int colon = nameEnd;
    if (field.startsWith("!", nameEnd)) {
      colon = nameEnd + 2;
      if (colon > field.length() || (colon < field.length() && field.charAt(colon) != ':')) {
        throw Errors.value("expected ':' after conversion specifier");
      }
      value = converted(value, field.charAt(nameEnd + 1));
    }
    String spec = colon < field.length() ? format(field.substring(colon + 1), nesting - 1) : "";
    if (!escapes) {
      return FormatSpec.format(value, spec);
    }
    if (value instanceof Markup markup) {
      if (!spec.isEmpty()) {
        throw Errors.value("Unsupported format specification for Markup.");
      }
      return markup.text();
    }
    return Html.escape(FormatSpec.format(value, spec));
  }

  private static Object converted(Object value, char conversion) {
    return switch (conversion) {
      case 's' -> Repr.str(value);
      case 'r' -> Repr.repr(value);
      case 'a' -> Repr.ascii(value);
      default -> throw Errors.value("Unknown conversion specifier " + conversion);
    };
  }

  private Object value(String path) {
    String[] parts = path.split("\\.|\\[", -1);
    Object value = argument(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      String key = parts[i];
      if (!key.endsWith("]")) {
        value = Elements.attribute(value, key);
        continue;
      }
      key = key.substring(0, key.length() - 1);
      value = Elements.item(value, isNumber(key) ? (Object) Long.valueOf(key) : key);
    }
    return value;
  }

  private Object argument(String name) {
    if (!name.isEmpty() && !isNumber(name)) {
      Object value = named.get(name);
      if (value == null) {
        throw Errors.of("KeyError", Repr.repr(name));
      }
      return value;
    }
    boolean isManual = !name.isEmpty();
    if (isManual ? automatic > 0 : manual) {
      throw Errors.value(
          "cannot switch between manual field specification and automatic field numbering");
    }
    manual = isManual;
    int index = isManual ? Integer.parseInt(name) : automatic++;
    if (index >= positional.size()) {
      throw Errors.of(
          "IndexError", "Replacement index " + index + " out of range for positional args tuple");
    }
    return positional.get(index);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() < 8 && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
