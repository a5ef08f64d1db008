package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Html;
import dev.rapt.tokenizer.jinja.text.Strings;
import dev.rapt.tokenizer.jinja.text.WordWrap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters of strings; most of them convert other values to strings first. */
final class TextFilters {
  private static final Pattern WORD_BEGIN =
      Pattern.compile("[-\\s\\x1C-\\x1F\\x85({\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern ENDS_ATTRIBUTE_NAME = Pattern.compile("[\\s/>=]");
  private static final String UNRESERVED = "_.-~";

  private TextFilters() {}

  static Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "upper", "lower", "capitalize" -> method(value, name);
      case "trim" -> method(value, "strip", arguments.bind(name, "chars").get(0, None.NONE));
      case "center" -> method(value, name, arguments.bind(name, "width").get(0, 80L));
      case "title" -> title(Repr.str(value));
      case "indent" -> indent(value, arguments);
      case "truncate" -> truncate(value, arguments);
      case "wordcount" -> WORD.matcher(Repr.str(value)).results().count();
      case "wordwrap" -> wordWrap(value, arguments);
      case "urlencode" -> urlEncode(value);
      case "xmlattr" -> xmlAttributes(value, arguments);
      case "striptags" -> Html.stripTags(Repr.str(value));
      case "replace" -> {
        Arguments.Bound bound = arguments.bind(name, "old", "new", "count");
        yield Strings.replace(
            Repr.str(value), Repr.str(bound.get(0)), Repr.str(bound.get(1)), bound.integer(2, -1));
      }
      default -> format(value, arguments);
    };
  }

  /** Calls a method of a string; it keeps markup. */
  private static Object method(Object value, String name, Object... arguments) {
    Function method = (Function) Elements.attribute(Markup.soft(value), name);
    return method.call(Arguments.of(arguments));
  }

  private static Object format(Object value, Arguments arguments) {
    boolean named = !arguments.named().isEmpty();
    if (named && !arguments.positional().isEmpty()) {
      throw Errors.of(
          "FilterArgumentError", "can't handle positional and keyword arguments at the same time");
    }
    return PythonMath.apply(
        Expression.Operator.MODULO,
        Markup.soft(value),
        named ? arguments.named() : new Tuple(arguments.positional()));
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    Matcher matcher = WORD_BEGIN.matcher(text);
    int at = 0;
    while (matcher.find()) {
      out.append(capitalized(text.substring(at, matcher.start()))).append(matcher.group());
      at = matcher.end();
    }
    return out.append(capitalized(text.substring(at))).toString();
  }

  private static String capitalized(String word) {
    if (word.isEmpty()) {
      return word;
    }
    int first = Character.charCount(word.codePointAt(0));
    return Strings.upper(word.substring(0, first)) + Strings.lower(word.substring(first));
  }

  private static String required(String filter, Object value) {
    String text = Markup.textOf(value);
    if (text == null) {
      throw value instanceof Undefined undefined
          ? undefined.error()
          : Errors.type(filter + ": must be a string, not " + Values.typeName(value));
    }
    return text;
  }

  private static Object indent(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
    String text = required("indent", value);
    String given = bound.has(0) ? Markup.textOf(bound.get(0)) : null;
    String indention = given != null ? given : " ".repeat(Math.max(0, bound.integer(0, 4)));
    boolean blank = bound.flag(2, false);
    List<String> lines = Strings.lines(text + "\n", false);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      if (i > 0) {
        out.append('\n');
      }
      boolean indents = i == 0 ? bound.flag(1, false) : blank || !lines.get(i).isEmpty();
      out.append(indents ? indention : "").append(lines.get(i));
    }
    return Markup.like(value, out.toString());
  }

  private static Object truncate(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
    int length = bound.integer(0, 255);
    String end = bound.text(2, "...");
    int leeway = bound.integer(3, 5);
    int room = length - Strings.length(end);
    if (room < 0 || leeway < 0) {
      throw Errors.of(
          "AssertionError", "expected length >= " + Strings.length(end) + ", got " + length);
    }
    if (Elements.length(value) <= (long) length + leeway) {
      return value;
    }
    String cut = Strings.part(required("truncate", value), 0, room);
    int space = bound.flag(1, false) ? -1 : cut.lastIndexOf(' ');
    Object kept = Markup.like(value, space < 0 ? cut : cut.substring(0, space));
    return PythonMath.apply(Expression.Operator.ADD, kept, bound.get(2, "..."));
  }

  private static String wordWrap(Object value, Arguments arguments) {
    Arguments.Bound bound =
        arguments.bind("wordwrap", "width", "break_long_words", "wrapstring", "break_on_hyphens");
    String between = bound.has(2) && bound.get(2) != None.NONE ? bound.text(2) : "\n";
    WordWrap wrap = new WordWrap(bound.integer(0, 79), bound.flag(1, true), bound.flag(3, true));
    List<String> paragraphs = new ArrayList<>();
    for (String paragraph : Strings.lines(required("wordwrap", value), false)) {
      paragraphs.add(String.join(between, wrap.lines(paragraph)));
    }
    return String.join(between, paragraphs);
  }

  private static String xmlAttributes(Object value, Arguments arguments) {
    if (!(value instanceof Map<?, ?> dict)) {
      throw Errors.type("xmlattr: must be a mapping, not " + Values.typeName(value));
    }
    List<String> attributes = new ArrayList<>();
    dict.forEach((key, content) -> {
      if (content == None.NONE || content instanceof Undefined) {
        return;
      }
      String name = required("xmlattr", key);
      if (ENDS_ATTRIBUTE_NAME.matcher(name).find()) {
        throw Errors.value("Invalid character in attribute name: " + Repr.repr(key));
      }
      attributes.add(Markup.escape(key).text() + "=\"" + Markup.escape(content).text() + "\"");
    });
    boolean spaced = arguments.bind("xmlattr", "autospace").flag(0, true) && !attributes.isEmpty();
    return (spaced ? " " : "") + String.join(" ", attributes);
  }

  private static String urlEncode(Object value) {
    if (Markup.textOf(value) != null || !Elements.isIterable(value)) {
      return quote(Repr.str(value), "/");
    }
    Object pairs =
        value instanceof Map<?, ?> dict ? new DictView(DictView.Kind.ITEMS, dict) : value;
    StringBuilder out = new StringBuilder();
    for (Object pair : Elements.iterate(pairs)) {
      List<Object> parts = Elements.list(pair);
      if (parts.size() != 2) {
        throw Errors.value("urlencode: elements must be pairs");
      }
      out.append(out.isEmpty() ? "" : "&")
          .append(quote(Repr.str(parts.get(0)), "").replace("%20", "+"))
          .append('=')
          .append(quote(Repr.str(parts.get(1)), "").replace("%20", "+"));
    }
    return out.toString();
  }

  private static String quote(String text, String safe) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || (b > 0 && (UNRESERVED.indexOf(b) >= 0 || safe.indexOf(b) >= 0));
      if (plain) {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b & 0xFF));
      }
    }
    return out.toString();
  }
}
