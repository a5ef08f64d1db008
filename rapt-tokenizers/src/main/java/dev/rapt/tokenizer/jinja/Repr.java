package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Renderer.Macro;
import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Generator;
import dev.rapt.tokenizer.jinja.Values.Namespace;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.text.CharClass;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Converts values to strings as Python's {@code str} and {@code repr} do. */
final class Repr {
  private Repr() {}

  /** {@code str(value)}. */
  static String str(Object value) {
    return value instanceof String text ? text : value instanceof Undefined ? "" : repr(value);
  }

  /** {@code repr(value)}. */
  static String repr(Object value) {
    return switch (value) {
      case None _ -> "None";
      case Boolean flag -> flag ? "True" : "False";
      case Double number -> number(number);
      case String text -> quoted(text);
      case Tuple tuple -> "(" + joined(tuple) + (tuple.size() == 1 ? ",)" : ")");
      case Range range -> range.toString();
      case List<?> list -> "[" + joined(list) + "]";
      case Map<?, ?> dict -> dict(dict);
      case DictView view -> view.kind().typeName() + "([" + joined(view.elements()) + "])";
      case Namespace namespace -> "<Namespace " + dict(namespace.attributes()) + ">";
      case Macro macro -> "<Macro " + quoted(macro.name()) + ">";
      case Undefined _ -> "Undefined";
      case Generator _, Function _ -> "<" + Values.typeName(value) + ">";
      default -> value.toString();
    };
  }

  private static String joined(List<?> elements) {
    StringJoiner joiner = new StringJoiner(", ");
    elements.forEach(element -> joiner.add(repr(element)));
    return joiner.toString();
  }

  private static String dict(Map<?, ?> dict) {
    StringJoiner joiner = new StringJoiner(", ", "{", "}");
    dict.forEach((key, value) -> joiner.add(repr(key) + ": " + repr(value)));
    return joiner.toString();
  }

  /**
   * A float: the shortest digits that round-trip; with an exponent at 1e16 and above, below 1e-4.
   */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String digits = decimal.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - decimal.scale();
    String sign = value < 0 ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String power = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "");
      return sign + digits.charAt(0) + fraction + "e" + power + Math.abs(exponent);
    }
    String plain = decimal.abs().toPlainString();
    return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    text.codePoints().forEach(c -> escape(c, quote, out));
    return out.append(quote).toString();
  }

  private static void escape(int c, char quote, StringBuilder out) {
    switch (c) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else if (c < 0x100) {
          out.append(String.format("\\x%02x", c));
        } else {
          out.append(String.format(c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
        }
      }
    }
  }

  private static boolean isPrintable(int c) {
    return c == ' '
        || switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR ->
              false;
          default -> true;
        };
  }

  /** Returns whether {@code str.isspace} is true for a character. */
  static boolean isSpace(int c) {
    return CharClass.isWhitespace(c) || (c >= 0x1C && c <= 0x1F);
  }

  /** Applies {@link #str} to each value. */
  static List<String> all(List<Object> values) {
    List<String> texts = new ArrayList<>(values.size());
    values.forEach(value -> texts.add(str(value)));
    return texts;
  }
}
