package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Filters that take an answer out of a response by a regular expression. */
final class RegexFilters {
  private static final Pattern PUNCTUATION = Pattern.compile("\\p{P}");

  private final Pattern pattern;
  private final int select;
  private final String fallback;

  private RegexFilters(TaskKeys keys) {
    YamlNode source = keys.find("regex_pattern").orElse(null);
    pattern = source == null ? Pattern.compile("#### (-?[0-9.,]+)") : PythonRegex.compile(source);
    select = keys.find("group_select").map(node -> (int) node.number()).orElse(0);
    fallback = keys.textOr("fallback", "[invalid]");
  }

  /**
   * The function {@code regex}: the match that {@code group_select} names, of it the first group
   * with text.
   */
  static ResponseFilter match(TaskKeys keys) {
    RegexFilters settings = new RegexFilters(keys);
    return ResponseFilter.each(text -> settings.orFallback(settings.find(settings.pattern, text)));
  }

  /**
   * The function {@code multi_choice_regex}: the letter of a choice, as in {@code (B)}. Without a
   * match of {@code regex_pattern} it is that of the choice whose text the response holds, or else
   * the letter after the first colon that has one. The choices are the example's field {@code
   * choices}.
   */
  static ResponseFilter choice(TaskKeys keys) {
    RegexFilters settings = new RegexFilters(keys);
    Cleaning cleaning = Cleaning.read(keys);
    return (responses, doc) -> {
      Choices choices = Choices.of(doc, cleaning);
      return responses.stream().map(text -> settings.choice(text, choices, cleaning)).toList();
    };
  }

  private String choice(String text, Choices choices, Cleaning cleaning) {
    String match = find(pattern, text);
    if (match.isEmpty()) {
      String named = find(choices.texts, cleaning.apply(text));
      match = choices.letters.getOrDefault(named, named);
    }
    if (match.isEmpty()) {
      String letter = find(choices.afterColon, text);
      match = letter.isEmpty() ? "" : "(" + letter + ")";
    }
    return orFallback(match);
  }

  private String orFallback(String match) {
    return match.isEmpty() ? fallback : match;
  }

  /** Returns the selected match without space around it; empty if there is none. */
  private String find(Pattern searched, String text) {
    List<String> found = findAll(searched, text);
    int index = select < 0 ? found.size() + select : select;
    return index >= 0 && index < found.size() ? found.get(index).strip() : "";
  }

  /** Returns the first group that is not empty, or else the whole match, of each match. */
  private static List<String> findAll(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      String match = matcher.groupCount() == 0 ? matcher.group() : "";
      for (int g = 1; g <= matcher.groupCount() && match.isEmpty(); g++) {
        match = matcher.group(g) == null ? "" : matcher.group(g);
      }
      found.add(match);
    }
    return found;
  }

  /** What is taken out of choices and responses before they are compared. */
  private record Cleaning(List<Pattern> ignored, boolean ignoresCase, boolean ignoresPunctuation) {
    static Cleaning read(TaskKeys keys) {
      return new Cleaning(
          keys.find("regexes_to_ignore")
              .map(node -> node.elements().stream().map(PythonRegex::compile).toList())
              .orElse(List.of()),
          keys.flagOr("ignore_case", false),
          keys.flagOr("ignore_punctuation", false));
    }

    String apply(String text) {
      String left = text;
      for (Pattern pattern : ignored) {
        left = pattern.matcher(left).replaceAll("");
      }
      left = ignoresCase ? left.toLowerCase(Locale.ROOT) : left;
      return ignoresPunctuation ? PUNCTUATION.matcher(left).replaceAll("") : left;
    }
  }

  /**
   * The choices of an example.
   *
   * @param letters letter in parentheses by the cleaned text of a choice
   * @param texts the cleaned text of any choice, of the longer ones first
   * @param afterColon the letter of any choice after a colon
   */
  private record Choices(Map<String, String> letters, Pattern texts, Pattern afterColon) {
    static Choices of(Example doc, Cleaning cleaning) {
      List<String> cleaned =
          doc.texts("choices").stream().map(text -> cleaning.apply(text.strip())).toList();
      Map<String, String> letters = new HashMap<>();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < cleaned.size(); i++) {
        names.add(String.valueOf((char) ('A' + i)));
        letters.put(cleaned.get(i), "(" + names.get(i) + ")");
      }
      List<String> longestFirst =
          cleaned.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
      return new Choices(
          letters,
          Pattern.compile(either(longestFirst)),
          Pattern.compile(":\\s*(" + either(names) + ")"));
    }

    private static String either(List<String> texts) {
      return texts.stream().map(Pattern::quote).collect(Collectors.joining("|"));
    }
  }
}
