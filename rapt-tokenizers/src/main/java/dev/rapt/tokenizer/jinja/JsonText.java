package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.PythonNumbers;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as JSON in the format of Python's {@code json.dumps}. */
final class JsonText {
  private final boolean asciiOnly;
  private final @Nullable String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;
  private final StringBuilder out = new StringBuilder();

  private JsonText(Arguments.Bound options) {
    asciiOnly = options.flag(0, false);
    Object indentation = options.get(1, None.NONE);
    indent =
        switch (indentation) {
          case None _ -> null;
          case String text -> text;
          default -> " ".repeat(Math.max(0, options.integer(1)));
        };
    sortKeys = options.flag(3, false);
    Object separators = options.get(2, None.NONE);
    if (separators == None.NONE) {
      itemSeparator = indent == null ? ", " : ",";
      keySeparator = ": ";
    } else {
      List<Object> pair = Elements.list(separators);
      if (pair.size() != 2) {
        throw Errors.value("separators must be two texts, got " + pair.size());
      }
      itemSeparator = Repr.str(pair.get(0));
      keySeparator = Repr.str(pair.get(1));
    }
  }

  /**
   * Writes a value as JSON.
   *
   * @param options {@code ensure_ascii}, {@code indent}, {@code separators}, {@code sort_keys}
   */
  static String of(Object value, Arguments options) {
    JsonText json =
        new JsonText(options.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys"));
    json.write(value, 0);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    switch (value) {
      case None _ -> out.append("null");
      case Boolean flag -> out.append(flag ? "true" : "false");
      case Double number -> out.append(number(number));
      case BigInteger number -> out.append(Repr.digits(number));
      case Number number -> out.append(number);
      case String text -> writeText(text);
      case Markup markup -> writeText(markup.text());
      case Range _ -> throw notSerializable(value);
      case List<?> list -> writeList(list, depth);
      case Map<?, ?> dict -> writeDict(dict, depth);
      default -> throw notSerializable(value);
    }
  }

  private static ChatTemplateException notSerializable(Object value) {
    return Errors.type("Object of type " + Values.typeName(value) + " is not JSON serializable");
  }

  private static String number(double number) {
    return Double.isNaN(number)
        ? "NaN"
        : Double.isInfinite(number)
            ? (number > 0 ? "Infinity" : "-Infinity")
            : PythonNumbers.shortest(number);
  }

  private void writeList(List<?> list, int depth) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    String separator = "";
    for (Object element : list) {
      out.append(separator);
      breakLine(depth + 1);
      write(element, depth + 1);
      separator = itemSeparator;
    }
    breakLine(depth);
    out.append(']');
  }

  private void writeDict(Map<?, ?> dict, int depth) {
    if (dict.isEmpty()) {
      out.append("{}");
      return;
    }
    List<Map.Entry<?, ?>> entries = new ArrayList<>(dict.entrySet());
    if (sortKeys) {
      entries.sort((a, b) -> Compare.order(a.getKey(), b.getKey(), "<"));
    }
    out.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : entries) {
      out.append(separator);
      breakLine(depth + 1);
      writeText(key(entry.getKey()));
      out.append(keySeparator);
      write(entry.getValue(), depth + 1);
      separator = itemSeparator;
    }
    breakLine(depth);
    out.append('}');
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case Markup markup -> markup.text();
      case None _ -> "null";
      case Boolean flag -> flag ? "true" : "false";
      case Double number -> number(number);
      case Number number -> number.toString();
      default ->
          throw Errors.type(
              "keys must be str, int, float, bool or None, not " + Values.typeName(key));
    };
  }

  private void breakLine(int depth) {
    if (indent != null) {
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private void writeText(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || (asciiOnly && c > 0x7E)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
