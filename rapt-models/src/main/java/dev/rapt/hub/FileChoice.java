package dev.rapt.hub;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Selection of the files to download. Patterns are those of {@code huggingface_hub}: {@code *}
 * matches any characters including slashes, {@code ?} one character, {@code [a-c]} one of a set; a
 * pattern that ends in a slash matches the whole folder.
 */
public final class FileChoice {
  /** Configuration, tokenizer and weights in the main folder, or in that of a module. */
  private static final Pattern WANTED =
      Pattern.compile(
          "[^/]+\\.(json|safetensors|model|txt|tiktoken|jinja)|additional_chat_templates/[^/]+\\.jinja");

  /** A duplicate of the weights, in the layout of the authors' own code. */
  private static final Pattern TWICE = Pattern.compile("consolidated.*\\.safetensors");

  private final List<Pattern> include;
  private final List<Pattern> exclude;
  private final Set<String> folders;

  private FileChoice(List<Pattern> include, List<Pattern> exclude, Set<String> folders) {
    this.include = include;
    this.exclude = exclude;
    this.folders = folders;
  }

  /** Returns the default selection: the files that Rapt can use. */
  public static FileChoice usual() {
    return of(List.of(), List.of());
  }

  /**
   * Returns the files that match a pattern of {@code include} (if it is empty, the files that Rapt
   * can use) and none of {@code exclude}.
   */
  public static FileChoice of(List<String> include, List<String> exclude) {
    return new FileChoice(
        include.stream().map(FileChoice::pattern).toList(),
        exclude.stream().map(FileChoice::pattern).toList(),
        Set.of());
  }

  /**
   * Returns a default selection that also has the files of these folders and of those inside them,
   * such as the modules of a sentence-transformers model.
   */
  FileChoice withFolders(Set<String> more) {
    return new FileChoice(include, exclude, more);
  }

  /** Returns whether a file is selected. */
  public boolean wants(String path) {
    boolean included =
        include.isEmpty() ? isUsable(path) || isOfModule(path) : matches(include, path);
    return included && !matches(exclude, path);
  }

  private static boolean isUsable(String path) {
    return WANTED.matcher(path).matches() && !TWICE.matcher(path).matches();
  }

  private boolean isOfModule(String path) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    return isUsable(file) && folders.stream().anyMatch(folder -> path.startsWith(folder + "/"));
  }

  /** Returns whether this is a default selection, possibly with exclusions. */
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
