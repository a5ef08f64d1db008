package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters of strings; other values are converted to strings first. */
final class TextFilters {
  private static final Pattern WORD_BEGIN = Pattern.compile("[-\\s({\\[<]+");
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern COMMENT_OR_TAG = Pattern.compile("(?s)<!--.*?-->|<.*?>");
  private static final String UNRESERVED = "_.-~";

  private TextFilters() {}

  static Object apply(String name, Object value, Arguments arguments) {
    String text = Repr.str(value);
    return switch (name) {
      case "upper" -> Strings.upper(text);
      case "lower" -> Strings.lower(text);
      case "capitalize" -> Strings.capitalize(text);
      case "title" -> title(text);
      case "trim" ->
          Strings.strip(text, Strings.among(arguments.bind(name, "chars").textOrNull(0)));
      case "center" -> Strings.center(text, arguments.bind(name, "width").integer(0, 80), " ");
      case "indent" -> indent(text, arguments);
      case "truncate" -> truncate(text, arguments);
      case "wordcount" -> WORD.matcher(text).results().count();
      case "urlencode" -> urlEncode(value);
      case "striptags" ->
          String.join(
              " ",
              Repr.all(
                  Strings.splitAtSpace(
                      unescape(COMMENT_OR_TAG.matcher(text).replaceAll("")), -1, false)));
      case "replace" -> {
        Arguments.Bound bound = arguments.bind(name, "old", "new", "count");
        yield Strings.replace(
            text, Repr.str(bound.get(0)), Repr.str(bound.get(1)), bound.integer(2, -1));
      }
      case "format" ->
          Formats.percent(
              text,
              arguments.named().isEmpty()
                  ? new Tuple(arguments.positional())
                  : Map.copyOf(arguments.named()));
      default -> escape(text);
    };
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

  private static String indent(String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
    String indention =
        bound.get(0, 4L) instanceof String given
            ? given
            : " ".repeat(Math.max(0, bound.integer(0, 4)));
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
    return out.toString();
  }

  private static String truncate(String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
    int length = bound.integer(0, 255);
    String end = bound.text(2, "...");
    int room = length - Strings.length(end);
    if (room < 0 || bound.integer(3, 5) < 0) {
      throw Errors.of(
          "AssertionError", "expected length >= " + Strings.length(end) + ", got " + length);
    }
    if (Strings.length(text) <= length + bound.integer(3, 5)) {
      return text;
    }
    String cut = Strings.part(text, 0, room);
    if (bound.flag(1, false)) {
      return cut + end;
    }
    int space = cut.lastIndexOf(' ');
    return (space < 0 ? cut : cut.substring(0, space)) + end;
  }

  private static String urlEncode(Object value) {
    if (value instanceof String || !Elements.isIterable(value)) {
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

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&#34;")
        .replace("'", "&#39;");
  }

  private static String unescape(String text) {
    return text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }
}
