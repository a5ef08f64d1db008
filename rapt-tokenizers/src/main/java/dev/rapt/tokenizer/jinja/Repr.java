package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Renderer.LoopState;
import dev.rapt.tokenizer.jinja.Renderer.Macro;
import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Generator;
import dev.rapt.tokenizer.jinja.Values.Namespace;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.PythonNumbers;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Converts values to strings as Python's {@code str} and {@code repr} do. */
final class Repr {
  /** The first number of more than 4300 digits, the limit of Python. */
  private static final BigInteger TOO_LARGE = BigInteger.TEN.pow(4300);

  private Repr() {}

  /** {@code str(value)}. */
  static String str(Object value) {
    return switch (value) {
      case String text -> text;
      case Markup markup -> markup.text();
      case Undefined undefined -> undefined.as("");
      default -> repr(value);
    };
  }

  /** {@code repr(value)}. */
  static String repr(Object value) {
    return switch (value) {
      case None _ -> "None";
      case Boolean flag -> flag ? "True" : "False";
      case Double number -> PythonNumbers.shortest(number);
      case BigInteger number -> digits(number);
      case String text -> quoted(text);
      case Markup markup -> "Markup(" + quoted(markup.text()) + ")";
      case Tuple tuple -> "(" + joined(tuple) + (tuple.size() == 1 ? ",)" : ")");
      case Range range -> range.toString();
      case List<?> list -> "[" + joined(list) + "]";
      case Map<?, ?> dict -> dict(dict);
      case DictView view -> view.kind().typeName() + "([" + joined(view.elements()) + "])";
      case Namespace namespace -> "<Namespace " + dict(namespace.attributes()) + ">";
      case Macro macro -> "<Macro " + quoted(macro.name()) + ">";
      case LoopState loop -> loop.toString();
      case Undefined _ -> "Undefined";
      case Generator _, Function _ -> "<" + Values.typeName(value) + ">";
      default -> value.toString();
    };
  }

  /** The digits of a number; refuses more than Python converts, which would take hours. */
  static String digits(BigInteger number) {
    if (number.abs().compareTo(TOO_LARGE) >= 0) {
      throw Errors.value("Exceeds the limit (4300 digits) for integer string conversion");
    }
    return number.toString();
  }

  /** {@code ascii(value)}: as {@link #repr}, with escapes for all but ASCII. */
  static String ascii(Object value) {
    StringBuilder out = new StringBuilder();
    repr(value)
        .codePoints()
        .forEach(c -> {
          if (c < 0x80) {
            out.append((char) c);
          } else {
            hex(c, out);
          }
        });
    return out.toString();
  }

  /** Appends a character as an escape in hexadecimal digits. */
  static void hex(int c, StringBuilder out) {
    out.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
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
        } else {
          hex(c, out);
        }
      }
    }
  }

  /** Returns whether {@code str.isprintable} is true for a character. */
  static boolean isPrintable(int c) {
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

  /** Applies {@link #str} to each value. */
  static List<String> all(List<Object> values) {
    List<String> texts = new ArrayList<>(values.size());
    values.forEach(value -> texts.add(str(value)));
    return texts;
  }
}
