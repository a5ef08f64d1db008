package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class StringMethods {
  private static final Set<String> TAKES_NAMES =
      Set.of("split", "rsplit", "splitlines", "expandtabs", "format");

  private StringMethods() {}

  private interface Method {
    Object call(String text, Arguments arguments);
  }

  /** Returns a method bound to a string, or null if there is no method of that name. */
  static @Nullable Function of(String text, String name) {
    Method method = method(name);
    return method == null
        ? null
        : arguments ->
            method.call(
                text, TAKES_NAMES.contains(name) ? arguments : arguments.positionalOnly(name));
  }

  private static @Nullable Method method(String name) {
    return switch (name) {
      case "lower" -> (text, _) -> Strings.lower(text);
      case "casefold" -> (text, _) -> Strings.caseFold(text);
      case "upper" -> (text, _) -> Strings.upper(text);
      case "title" -> (text, _) -> Strings.title(text);
      case "capitalize" -> (text, _) -> Strings.capitalize(text);
      case "swapcase" -> (text, _) -> swapCase(text);
      case "strip" -> (text, args) -> Strings.strip(text, characters(name, args));
      case "lstrip" -> (text, args) -> Strings.stripLeft(text, characters(name, args));
      case "rstrip" -> (text, args) -> Strings.stripRight(text, characters(name, args));
      case "split", "rsplit" -> (text, args) -> split(name, text, args);
      case "splitlines" ->
          (text, args) -> Strings.lines(text, args.bind(name, "keepends").flag(0, false));
      case "partition", "rpartition" -> (text, args) -> partition(name, text, args);
      case "join" ->
          (text, args) -> {
            List<Object> parts = Elements.list(args.bind(name, "iterable").get(0));
            for (int i = 0; i < parts.size(); i++) {
              if (Markup.textOf(parts.get(i)) == null) {
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
      case "startswith", "endswith" -> (text, args) -> hasAffix(name, text, args);
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
            if (part == null) {
              return 0L;
            }
            return wanted.isEmpty()
                ? (long) Strings.length(part) + 1
                : (long) Strings.split(part, wanted, -1, false).size() - 1;
          };
      case "center" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return Strings.center(text, bound.integer(0), fillCharacter(bound));
          };
      case "ljust" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return text + fill(text, bound.integer(0), fillCharacter(bound));
          };
      case "rjust" ->
          (text, args) -> {
            Arguments.Bound bound = args.bind(name, "width", "fillchar");
            return fill(text, bound.integer(0), fillCharacter(bound)) + text;
          };
      case "zfill" ->
          (text, args) -> {
            int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
            String zeros = fill(text, args.bind(name, "width").integer(0), "0");
            return text.substring(0, sign) + zeros + text.substring(sign);
          };
      case "expandtabs" ->
          (text, args) -> Strings.expandTabs(text, args.bind(name, "tabsize").integer(0, 8));
      case "translate" -> StringMethods::translate;
      case "format" -> (text, args) -> BraceFormat.format(text, args, false);
      case "format_map" -> (text, args) -> BraceFormat.formatMap(text, args, false);
      case "encode" ->
          (_, _) -> {
            throw Errors.of(
                "TemplateAssertionError",
                "the method 'encode', which is not supported, since templates have no bytes here");
          };
      case "isalpha" -> (text, _) -> all(text, Character::isLetter);
      case "isdecimal" -> (text, _) -> all(text, Character::isDigit);
      case "isdigit" -> (text, _) -> all(text, StringMethods::isDigit);
      case "isnumeric" -> (text, _) -> all(text, StringMethods::isNumeric);
      case "isalnum" ->
          (text, _) -> all(text, c -> Character.isLetter(c) || StringMethods.isNumeric(c));
      case "istitle" -> (text, _) -> Strings.isTitle(text);
      case "isidentifier" -> (text, _) -> Lexer.isName(text);
      case "isprintable" -> (text, _) -> text.codePoints().allMatch(Repr::isPrintable);
      case "isspace" -> (text, _) -> all(text, Strings::isSpace);
      case "isascii" -> (text, _) -> text.chars().allMatch(c -> c < 128);
      case "islower" -> (text, _) -> Strings.allCased(text, Character::isLowerCase);
      case "isupper" -> (text, _) -> Strings.allCased(text, Character::isUpperCase);
      default -> null;
    };
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  @SuppressWarnings("CharacterGetNumericValue") // of other numbers: superscripts, circled digits
  private static boolean isDigit(int c) {
    return Character.isDigit(c)
        || (Character.getType(c) == Character.OTHER_NUMBER
            && Character.getNumericValue(c) >= 0
            && Character.getNumericValue(c) <= 9);
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static String fillCharacter(Arguments.Bound bound) {
    String fill = bound.text(1, " ");
    if (Strings.length(fill) != 1) {
      throw Errors.type("The fill character must be exactly one character long");
    }
    return fill;
  }

  /** {@code str.translate}: replaces characters by what a dict has for their code points. */
  private static Object translate(String text, Arguments arguments) {
    if (!(arguments.bind("translate", "table").get(0) instanceof Map<?, ?> table)) {
      throw Errors.type("translate: must have a dict");
    }
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          Object with = Elements.find(table, (long) c);
          if (with == null) {
            out.appendCodePoint(c);
          } else if (with instanceof Long code) {
            out.appendCodePoint((int) (long) code);
          } else if (with != None.NONE) {
            out.append(Repr.str(with));
          }
        });
    return out.toString();
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
    List<String> parts = Strings.split(text, separator, 1, fromRight);
    if (parts.size() == 2) {
      return Tuple.of(parts.get(0), separator, parts.get(1));
    }
    return fromRight ? Tuple.of("", "", text) : Tuple.of(text, "", "");
  }

  private static boolean hasAffix(String name, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "affix", "start", "end");
    String part = window(text, bound);
    Object affix = bound.get(0);
    boolean found = false;
    for (Object one : affix instanceof Tuple several ? several : List.of(affix)) {
      String wanted = Markup.textOf(one);
      if (wanted == null) {
        throw Errors.type(
            name + " first arg must be str or a tuple of str, not " + Values.typeName(one));
      }
      found |=
          part != null
              && (name.equals("startswith") ? part.startsWith(wanted) : part.endsWith(wanted));
    }
    return found;
  }

  /** Returns the part from the second argument to the third; null if it begins after the end. */
  private static @Nullable String window(String text, Arguments.Bound bound) {
    boolean isAfterEnd =
        bound.get(1, None.NONE) instanceof Long start && start > Strings.length(text);
    return isAfterEnd
        ? null
        : Repr.str(
            Elements.slice(text, bound.get(1, None.NONE), bound.get(2, None.NONE), None.NONE));
  }

  private static Object find(String name, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "sub", "start", "end");
    String part = window(text, bound);
    String wanted = bound.text(0);
    int at =
        part == null ? -1 : name.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
    if (part != null && at >= 0) {
      Object before = Elements.slice(text, 0L, bound.get(1, 0L), None.NONE);
      int start = bound.get(1, None.NONE) == None.NONE ? 0 : Strings.length(Repr.str(before));
      return (long) start + part.codePointCount(0, at);
    }
    if (name.endsWith("index")) {
      throw Errors.value("substring not found");
    }
    return -1L;
  }
}
