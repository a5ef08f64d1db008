package dev.rapt.generate.constrain.syntax;

import dev.rapt.generate.constrain.expression.CharSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The named sets of characters of regular expressions, as ECMAScript defines them. */
final class RegexClasses {
  static final CharSet DIGITS = CharSet.range('0', '9');
  static final CharSet WORD = CharSet.ofRanges('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
  static final CharSet LINE_ENDS = CharSet.of('\n', '\r', 0x2028, 0x2029);

  /** White space and line ends, ECMA-262 sections 12.2 and 12.3. */
  static final CharSet SPACES =
      CharSet.of('\t', '\n', 0x0B, '\f', '\r', ' ', 0xA0, 0x1680, 0x2028, 0x2029)
          .or(CharSet.ofRanges(0x2000, 0x200A, 0x202F, 0x202F, 0x205F, 0x205F))
          .or(CharSet.of(0x3000, 0xFEFF));

  /** Long names of general categories that java.util.regex lacks or takes as ASCII sets. */
  private static final Map<String, String> CATEGORIES =
      Map.ofEntries(
          Map.entry("letter", "L"),
          Map.entry("lowercaseletter", "Ll"),
          Map.entry("uppercaseletter", "Lu"),
          Map.entry("titlecaseletter", "Lt"),
          Map.entry("modifierletter", "Lm"),
          Map.entry("otherletter", "Lo"),
          Map.entry("mark", "M"),
          Map.entry("number", "N"),
          Map.entry("digit", "Nd"),
          Map.entry("decimalnumber", "Nd"),
          Map.entry("letternumber", "Nl"),
          Map.entry("othernumber", "No"),
          Map.entry("punctuation", "P"),
          Map.entry("punct", "P"),
          Map.entry("symbol", "S"),
          Map.entry("separator", "Z"),
          Map.entry("other", "C"));

  private static final Map<String, CharSet> PROPERTIES = new ConcurrentHashMap<>();

  private RegexClasses() {}

  /**
   * The characters with a Unicode property, such as {@code L}, {@code Lu}, {@code Script=Greek} or
   * {@code Alphabetic}.
   *
   * @throws IllegalArgumentException if java.util.regex does not know it
   */
  static CharSet property(String name) {
    return PROPERTIES.computeIfAbsent(name, RegexClasses::find);
  }

  private static CharSet find(String name) {
    String category = CATEGORIES.get(name.toLowerCase(Locale.ROOT).replace("_", ""));
    for (String candidate : category == null ? List.of(name, "Is" + name) : List.of(category)) {
      try {
        Matcher matcher = Pattern.compile("\\p{" + candidate + "}").matcher("");
        return CharSet.where(c -> matcher.reset(Character.toString(c)).matches());
      } catch (PatternSyntaxException unknown) {
        // the next candidate may be known
      }
    }
    throw new IllegalArgumentException(
        "must name a Unicode property, such as L, Lu or Script=Greek, got " + name);
  }
}
