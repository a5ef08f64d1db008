package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.text.Html;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A string that is safe to write into HTML ({@code markupsafe.Markup}): the filters {@code safe}
 * and {@code escape} make it. Strings that it is joined with are escaped; its methods return markup
 * again.
 *
 * @param text the escaped text
 */
record Markup(String text) {
  private static final Set<String> PLAIN_RESULTS =
      Set.of("unescape", "striptags", "encode", "maketrans");

  /** Escapes a value unless it is markup. */
  static Markup escape(Object value) {
    return value instanceof Markup markup ? markup : new Markup(Html.escape(Repr.str(value)));
  }

  /** {@code a + b}: escapes the operand that is not markup. */
  static Markup concatenated(Object a, Object b) {
    return new Markup(escape(a).text() + escape(b).text());
  }

  /** Returns a method bound to this string, or null if there is no method of that name. */
  @Nullable Function method(String name) {
    return switch (name) {
      case "unescape" -> _ -> Html.unescape(text);
      case "striptags" -> _ -> Html.stripTags(text);
      case "escape" -> arguments -> escape(arguments.bind(name, "s").get(0));
      case "format" -> arguments -> new Markup(BraceFormat.format(text, arguments, true));
      case "format_map" -> arguments -> new Markup(BraceFormat.formatMap(text, arguments, true));
      default -> {
        Function method = StringMethods.of(text, name);
        yield method == null || PLAIN_RESULTS.contains(name)
            ? method
            : arguments -> marked(method.call(escaped(name, arguments)));
      }
    };
  }

  /** Escapes the arguments that end up in the result. */
  private static Arguments escaped(String name, Arguments arguments) {
    List<Object> positional = new ArrayList<>(arguments.positional());
    switch (name) {
      case "replace", "center", "ljust", "rjust" -> {
        if (positional.size() > 1) {
          positional.set(1, escape(positional.get(1)).text());
        }
      }
      case "join" -> {
        if (positional.size() == 1) {
          List<Object> parts = Elements.list(positional.getFirst());
          parts.replaceAll(part -> escape(part).text());
          positional.set(0, parts);
        }
      }
      default -> {}
    }
    return new Arguments(positional, arguments.named());
  }

  private static Object marked(Object result) {
    return switch (result) {
      case String string -> new Markup(string);
      case Tuple tuple -> new Tuple(tuple.stream().map(Markup::marked).toList());
      case List<?> list -> new ArrayList<>(list.stream().map(Markup::marked).toList());
      default -> result;
    };
  }

  /** {@code text % values}: escapes what is put in. */
  Markup percent(Object values) {
    return new Markup(PercentFormat.format(text, values, true));
  }

  /** Returns the characters of a string or of markup; null for other values. */
  static @Nullable String textOf(Object value) {
    return value instanceof String string
        ? string
        : value instanceof Markup markup ? markup.text() : null;
  }

  /** Returns strings and markup as they are, and the string of other values. */
  static Object soft(Object value) {
    return value instanceof Markup ? value : Repr.str(value);
  }

  /** Returns markup if the model is markup, otherwise a string. */
  static Object like(Object model, String text) {
    return model instanceof Markup ? new Markup(text) : text;
  }
}
