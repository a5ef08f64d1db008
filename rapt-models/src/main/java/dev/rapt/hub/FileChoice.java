package dev.rapt.hub;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Which files of a model are wanted. Patterns are those of the Python library: {@code *} stands for
 * any characters, slashes too, {@code ?} for one, {@code [a-c]} for one of several; a pattern that
 * ends in a slash means the whole folder.
 */
public final class FileChoice {
  /** Configuration, tokenizer and weights, of the main folder. */
  private static final Pattern WANTED =
      Pattern.compile(
          "[^/]+\\.(json|safetensors|model|txt|tiktoken|jinja)|additional_chat_templates/[^/]+\\.jinja");

  /** The same weights a second time, in the layout of the authors' own code. */
  private static final Pattern TWICE = Pattern.compile("consolidated.*\\.safetensors");

  private final List<Pattern> include;
  private final List<Pattern> exclude;

  private FileChoice(List<Pattern> include, List<Pattern> exclude) {
    this.include = include;
    this.exclude = exclude;
  }

  /** What Rapt can use. */
  public static FileChoice usual() {
    return of(List.of(), List.of());
  }

  /**
   * Files that match one of the first, or what Rapt can use if there is none, and none of the
   * second.
   */
  public static FileChoice of(List<String> include, List<String> exclude) {
    return new FileChoice(
        include.stream().map(FileChoice::pattern).toList(),
        exclude.stream().map(FileChoice::pattern).toList());
  }

  /** Whether the file is wanted. */
  public boolean wants(String path) {
    boolean included =
        include.isEmpty()
            ? WANTED.matcher(path).matches() && !TWICE.matcher(path).matches()
            : matches(include, path);
    return included && !matches(exclude, path);
  }

  /** Whether the caller named files, so that none are missed. */
  boolean isUsual() {
    return include.isEmpty();
  }

  private static boolean matches(List<Pattern> patterns, String path) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(path).matches());
  }

  private static Pattern pattern(String glob) {
    String text = glob.endsWith("/") ? glob + "*" : glob;
    StringBuilder regex = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      int end = c == '[' ? text.indexOf(']', i + 1) : -1;
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (end > 0) {
        String members = text.substring(i, end).replace("\\", "\\\\").replace("[", "\\[");
        regex.append('[');
        regex.append(members.startsWith("!") ? "^" + members.substring(1) : members);
        regex.append(']');
        i = end + 1;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
