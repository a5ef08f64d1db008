package dev.rapt.tokenizer.text;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates the regular expressions of tokenizer.json (Oniguruma, Ruby syntax, Unicode classes)
 * into Java's. They differ in POSIX brackets, in the names of scripts, and in line anchors.
 */
final class OnigurumaSyntax {
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS
          | Pattern.UNICODE_CASE
          | Pattern.MULTILINE
          | Pattern.UNIX_LINES;

  private static final Pattern POSIX_BRACKET = Pattern.compile("\\[:(\\^?)([a-z]+):\\]");
  private static final Pattern PROPERTY = Pattern.compile("\\\\([pP])\\{(\\^?)([A-Za-z_]+)\\}");

  private static final Map<String, String> POSIX =
      Map.ofEntries(
          Map.entry("alpha", "\\p{IsAlphabetic}"),
          Map.entry("digit", "\\p{Nd}"),
          Map.entry("alnum", "\\p{IsAlphabetic}\\p{Nd}"),
          Map.entry("upper", "\\p{IsUppercase}"),
          Map.entry("lower", "\\p{IsLowercase}"),
          Map.entry("space", "\\p{IsWhite_Space}"),
          Map.entry("blank", "\\p{Zs}\\t"),
          Map.entry("cntrl", "\\p{Cc}"),
          Map.entry("punct", "\\p{P}$+<=>^`|~"),
          Map.entry("xdigit", "0-9A-Fa-f"),
          Map.entry("word", "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}"));

  private OnigurumaSyntax() {}

  static Pattern compile(String expression) {
    try {
      return Pattern.compile(translate(expression), FLAGS);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "regular expression: must be valid, got " + expression + " (" + e.getDescription() + ")",
          e);
    }
  }

  private static String translate(String expression) {
    String result = POSIX_BRACKET.matcher(expression).replaceAll(OnigurumaSyntax::posixClass);
    return PROPERTY.matcher(result).replaceAll(OnigurumaSyntax::property);
  }

  private static String posixClass(java.util.regex.MatchResult match) {
    String members = POSIX.get(match.group(2));
    if (members == null) {
      throw new IllegalArgumentException(
          "regular expression: unknown POSIX class " + match.group());
    }
    String open = match.group(1).isEmpty() ? "[" : "[^";
    return Matcher.quoteReplacement(open + members + "]");
  }

  private static String property(java.util.regex.MatchResult match) {
    String name = match.group(3);
    boolean negated = match.group(1).equals("P") ^ !match.group(2).isEmpty();
    String body = name.length() <= 2 || name.startsWith("Is") ? name : "Is" + name;
    return Matcher.quoteReplacement((negated ? "\\P{" : "\\p{") + body + "}");
  }
}
