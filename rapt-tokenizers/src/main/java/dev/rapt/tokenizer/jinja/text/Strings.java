package dev.rapt.tokenizer.jinja.text;

import dev.rapt.tokenizer.text.CharClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Strings indexed by code points, as in Python. */
public final class Strings {
  private Strings() {}

  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Returns the character at a valid index. */
  public static String at(String text, int index) {
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
  }

  public static List<String> characters(String text) {
    List<String> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(c -> characters.add(Character.toString(c)));
    return characters;
  }

  /** Returns the code points {@code [from, to)}; the bounds must be valid. */
  public static String part(String text, int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    return text.substring(start, text.offsetByCodePoints(start, Math.max(0, to - from)));
  }

  /** Compares by code points. */
  public static int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        return Integer.compare(a.codePointAt(i), b.codePointAt(i));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Tests for the characters of {@code set}, or for white space if it is null. */
  public static IntPredicate among(@Nullable String set) {
    return set == null ? Strings::isSpace : c -> set.indexOf(c) >= 0;
  }

  public static String stripLeft(String text, IntPredicate drop) {
    int from = 0;
    while (from < text.length() && drop.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    return text.substring(from);
  }

  public static String stripRight(String text, IntPredicate drop) {
    int to = text.length();
    while (to > 0 && drop.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(0, to);
  }

  public static String strip(String text, IntPredicate drop) {
    return stripRight(stripLeft(text, drop), drop);
  }

  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  public static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  /** {@code str.casefold}. */
  public static String caseFold(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(c -> out.append(c.equals("\u0131") ? c : lower(upper(c))));
    return out.toString();
  }

  public static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    return titleCase(text.codePointAt(0)) + lower(text.substring(first));
  }

  private static String titleCase(int c) {
    int title = Character.toTitleCase(c);
    if (title != c) {
      return Character.toString(title);
    }
    String upper = upper(Character.toString(c)); // several letters for a ligature
    int first = Character.charCount(upper.codePointAt(0));
    return upper.substring(0, first) + lower(upper.substring(first));
  }

  /** {@code str.title}: capitalises every run of cased characters. */
  public static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inside = false;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      out.append(inside ? lower(Character.toString(c)) : titleCase(c));
      inside = isCased(c);
    }
    return out.toString();
  }

  /** {@code str.istitle}. */
  public static boolean isTitle(String text) {
    boolean inside = false;
    boolean any = false;
    for (int c : text.codePoints().toArray()) {
      boolean starts = Character.isUpperCase(c) || Character.isTitleCase(c);
      if (isCased(c) && starts == inside) {
        return false;
      }
      inside = isCased(c);
      any |= inside;
    }
    return any;
  }

  /** {@code str.expandtabs}: fills up to the next multiple of {@code size} columns. */
  public static String expandTabs(String text, int size) {
    StringBuilder out = new StringBuilder(text.length());
    int column = 0;
    for (int c : text.codePoints().toArray()) {
      if (c == '\t') {
        int width = size > 0 ? size - column % size : 0;
        out.repeat(' ', width);
        column += width;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return out.toString();
  }

  public static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Returns whether there is a cased character and all of them pass the test. */
  public static boolean allCased(String text, IntPredicate test) {
    return text.codePoints().anyMatch(Strings::isCased)
        && text.codePoints().filter(Strings::isCased).allMatch(test);
  }

  /** Replaces at most {@code limit} occurrences; all if negative. */
  public static String replace(String text, String old, String replacement, int limit) {
    if (limit < 0 && !old.isEmpty()) {
      return text.replace(old, replacement);
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    for (int count = 0; limit < 0 || count < limit; count++) {
      int found = text.indexOf(old, at);
      if (found < 0) {
        break;
      }
      out.append(text, at, found).append(replacement);
      at = found + old.length();
      if (old.isEmpty()) {
        if (at == text.length()) {
          return out.toString();
        }
        int width = Character.charCount(text.codePointAt(at));
        out.append(text, at, at + width);
        at += width;
      }
    }
    return out.append(text, at, text.length()).toString();
  }

  /** {@code str.splitlines}. */
  public static List<String> lines(String text, boolean keepEnds) {
    List<String> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isEnd =
          (c >= '\n' && c <= '\r')
              || (c >= 0x1C && c <= 0x1E)
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (!isEnd) {
        continue;
      }
      int end = i;
      if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
        i++;
      }
      lines.add(text.substring(start, keepEnds ? i + 1 : end));
      start = i + 1;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  /** {@code str.split()}: splits at white space, at most {@code limit} times if not negative. */
  public static List<String> splitAtSpace(String text, int limit, boolean fromRight) {
    List<String> parts = new ArrayList<>();
    IntPredicate space = Strings::isSpace;
    String rest = fromRight ? stripRight(text, space) : stripLeft(text, space);
    while (!rest.isEmpty()) {
      if (limit >= 0 && parts.size() == limit) {
        parts.add(rest);
        break;
      }
      String word;
      if (fromRight) {
        String before = stripRight(rest, space.negate());
        word = rest.substring(before.length());
        rest = stripRight(before, space);
      } else {
        String after = stripLeft(rest, space.negate());
        word = rest.substring(0, rest.length() - after.length());
        rest = stripLeft(after, space);
      }
      parts.add(word);
    }
    return fromRight ? new ArrayList<>(parts.reversed()) : parts;
  }

  /** {@code str.split(separator)}: splits at most {@code limit} times if not negative. */
  public static List<String> split(String text, String separator, int limit, boolean fromRight) {
    if (separator.isEmpty()) {
      throw Errors.value("empty separator");
    }
    List<String> parts = new ArrayList<>();
    String rest = text;
    while (limit < 0 || parts.size() < limit) {
      int at = fromRight ? rest.lastIndexOf(separator) : rest.indexOf(separator);
      if (at < 0) {
        break;
      }
      parts.add(fromRight ? rest.substring(at + separator.length()) : rest.substring(0, at));
      rest = fromRight ? rest.substring(0, at) : rest.substring(at + separator.length());
    }
    parts.add(rest);
    return fromRight ? new ArrayList<>(parts.reversed()) : parts;
  }

  /** {@code str.center}: odd padding has one more character on the left if the width is odd. */
  public static String center(String text, int width, String fill) {
    int total = width - length(text);
    if (total <= 0) {
      return text;
    }
    int left = total / 2 + (total & width & 1);
    return fill.repeat(left) + text + fill.repeat(total - left);
  }

  /** Returns whether {@code str.isspace} is true for a character. */
  public static boolean isSpace(int c) {
    return CharClass.isWhitespace(c) || (c >= 0x1C && c <= 0x1F);
  }
}
