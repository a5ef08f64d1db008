package dev.rapt.tokenizer.text;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates the regular expressions of tokenizer.json (Oniguruma, Ruby syntax, Unicode classes)
 * into Java's. They differ in POSIX brackets, word characters, script names and line anchors. The
 * character classes agree for every code point with Oniguruma in tokenizers 0.23.2 (Unicode 16).
 */
final class OnigurumaSyntax {
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS
          | Pattern.UNICODE_CASE
          | Pattern.MULTILINE
          | Pattern.UNIX_LINES;

  private static final Pattern POSIX_BRACKET = Pattern.compile("\\[:(\\^?)([a-z]+):\\]");
  private static final Pattern PROPERTY = Pattern.compile("\\\\([pP])\\{(\\^?)([A-Za-z_]+)\\}");

  private static final int MAX_SHOWN = 200; // characters of an expression in an error

  private static final String WORD =
      "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xB2\\xB3\\xB9\\xBC-\\xBE";

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
          Map.entry("punct", "\\p{P}\\p{S}"),
          Map.entry("xdigit", "0-9A-Fa-f"),
          Map.entry("word", WORD));

  private OnigurumaSyntax() {}

  static Pattern compile(String expression) {
    try {
      return Pattern.compile(translate(expression), FLAGS);
    } catch (PatternSyntaxException e) {
      String shown =
          expression.length() > MAX_SHOWN ? expression.substring(0, MAX_SHOWN) + "..." : expression;
      throw new IllegalArgumentException(
          "regular expression: must be valid, got " + shown + " (" + e.getDescription() + ")", e);
    }
  }

  private static String translate(String expression) {
    String result = POSIX_BRACKET.matcher(expression).replaceAll(OnigurumaSyntax::posixClass);
    return translateEscapes(PROPERTY.matcher(result).replaceAll(OnigurumaSyntax::property));
  }

  private static String translateEscapes(String expression) {
    String word = "[" + WORD + "]";
    // Java's lookbehind counts code points only if the class has one above U+FFFF; this is a
    // letter.
    String behind = "[" + WORD + "\uD800\uDC00]";
    String edge = "(?:(?<=" + behind + ")(?!" + word + ")|(?<!" + behind + ")(?=" + word + "))";
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c != '\\' || i + 1 == expression.length()) {
        out.append(c);
        continue;
      }
      char escaped = expression.charAt(++i);
      switch (escaped) {
        case 'w' -> out.append(word);
        case 'W' -> out.append("[^").append(WORD).append(']');
        case 'b' -> out.append(edge);
        case 'B' -> out.append("(?!").append(edge).append(')');
        default -> out.append(c).append(escaped);
      }
    }
    return out.toString();
  }

  private static String posixClass(java.util.regex.MatchResult match) {
    String members = POSIX.get(match.group(2));
    if (members == null) {
      throw new IllegalArgumentException(
          "regular expression: must name a known POSIX class, got " + match.group());
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
