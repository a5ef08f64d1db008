package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class StringMethods {
  private StringMethods() {}

  private interface Method {
    Object call(String text, Arguments arguments);
  }

  /** Returns a method bound to a string, or null if there is no method of that name. */
  static @Nullable Function of(String text, String name) {
    Method method = method(name);
    return method == null ? null : arguments -> method.call(text, arguments);
  }

  private static @Nullable Method method(String name) {
    return switch (name) {
      case "lower", "casefold" -> (text, _) -> Strings.lower(text);
      case "upper" -> (text, _) -> Strings.upper(text);
      case "title" -> (text, _) -> Strings.title(text);
      case "capitalize" -> (text, _) -> Strings.capitalize(text);
      case "swapcase" -> (text, _) -> swapCase(text);
      case "strip" -> (text, args) -> Strings.strip(text, characters(name, args));
      case "lstrip" -> (text, args) -> Strings.stripLeft(text, characters(name, args));
      case "rstrip" -> (text, args) -> Strings.stripRight(text, characters(name, args));
      case "split", "rsplit" -> (text, args) -> split(name, text, args);
      case "splitlines" ->
          (text, args) ->
              List.<Object>copyOf(Strings.lines(text, args.bind(name, "keepends").flag(0, false)));
      case "partition", "rpartition" -> (text, args) -> partition(name, text, args);
      case "join" ->
          (text, args) -> {
            List<Object> parts = Elements.list(args.bind(name, "iterable").get(0));
            for (int i = 0; i < parts.size(); i++) {
              if (!(parts.get(i) instanceof String)) {
                throw Errors.type(
                    "sequence item "
                        + i
                        + ": expected str instance, "
                        + Values.typeName(parts.get(i))
                        + " found");
              }
            }
            return String.join(text, Repr.all(parts));
          };
      case "replace" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "old", "new", "count");
            return Strings.replace(text, bound.text(0), bound.text(1), bound.integer(2, -1));
          };
      case "startswith" -> (text, args) -> anyAffix(name, args, text::startsWith);
      case "endswith" -> (text, args) -> anyAffix(name, args, text::endsWith);
      case "removeprefix" ->
          (text, args) -> {
            String prefix = args.bind(name, "prefix").text(0);
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          };
      case "removesuffix" ->
          (text, args) -> {
            String suffix = args.bind(name, "suffix").text(0);
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          };
      case "find", "rfind", "index", "rindex" -> (text, args) -> find(name, text, args);
      case "count" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "sub", "start", "end");
            String part = window(text, bound);
            String wanted = bound.text(0);
            return wanted.isEmpty()
                ? (long) Strings.length(part) + 1
                : (long) Strings.split(part, wanted, -1, false).size() - 1;
          };
      case "center" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return Strings.center(text, bound.integer(0), bound.text(1, " "));
          };
      case "ljust" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return text + fill(text, bound.integer(0), bound.text(1, " "));
          };
      case "rjust" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return fill(text, bound.integer(0), bound.text(1, " ")) + text;
          };
      case "zfill" ->
          (text, args) -> {
            int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
            String zeros = fill(text, args.bind(name, "width").integer(0), "0");
            return text.substring(0, sign) + zeros + text.substring(sign);
          };
      case "format" -> Formats::braces;
      case "isalpha" -> (text, _) -> all(text, Character::isLetter);
      case "isdigit", "isnumeric", "isdecimal" -> (text, _) -> all(text, Character::isDigit);
      case "isalnum" -> (text, _) -> all(text, Character::isLetterOrDigit);
      case "isspace" -> (text, _) -> all(text, Repr::isSpace);
      case "isascii" -> (text, _) -> text.chars().allMatch(c -> c < 128);
      case "islower" -> (text, _) -> Strings.allCased(text, Character::isLowerCase);
      case "isupper" -> (text, _) -> Strings.allCased(text, Character::isUpperCase);
      default -> null;
    };
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static IntPredicate characters(String name, Arguments arguments) {
    return Strings.among(arguments.bind(name, "chars").textOrNull(0));
  }

  private static String fill(String text, int width, String with) {
    return with.repeat(Math.max(0, width - Strings.length(text)));
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(c ->
            out.append(
                Character.isUpperCase(c.codePointAt(0)) ? Strings.lower(c) : Strings.upper(c)));
    return out.toString();
  }

  private static Object split(String name, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "sep", "maxsplit");
    String separator = bound.textOrNull(0);
    int limit = bound.integer(1, -1);
    boolean fromRight = name.equals("rsplit");
    return separator == null
        ? Strings.splitAtSpace(text, limit, fromRight)
        : Strings.split(text, separator, limit, fromRight);
  }

  private static Object partition(String name, String text, Arguments arguments) {
    String separator = arguments.bind(name, "sep").text(0);
    boolean fromRight = name.equals("rpartition");
    List<Object> parts = Strings.split(text, separator, 1, fromRight);
    if (parts.size() == 2) {
      return Tuple.of(parts.get(0), separator, parts.get(1));
    }
    return fromRight ? Tuple.of("", "", text) : Tuple.of(text, "", "");
  }

  private static boolean anyAffix(
      String name, Arguments arguments, java.util.function.Predicate<String> test) {
    Object affix = arguments.bind(name, "affix").get(0);
    for (Object one : affix instanceof Tuple several ? several : List.of(affix)) {
      if (!(one instanceof String text)) {
        throw Errors.type(
            name + " first arg must be str or a tuple of str, not " + Values.typeName(one));
      }
      if (test.test(text)) {
        return true;
      }
    }
    return false;
  }

  private static String window(String text, Arguments.Bound bound) {
    return (String)
        Elements.slice(text, bound.get(1, None.NONE), bound.get(2, None.NONE), None.NONE);
  }

  private static Object find(String name, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "sub", "start", "end");
    String part = window(text, bound);
    int start = Strings.length((String) Elements.slice(text, 0L, bound.get(1, 0L), None.NONE));
    int at = name.startsWith("r") ? part.lastIndexOf(bound.text(0)) : part.indexOf(bound.text(0));
    if (at >= 0) {
      return (long) start + part.codePointCount(0, at);
    }
    if (name.endsWith("index")) {
      throw Errors.value("substring not found");
    }
    return -1L;
  }
}
