package dev.rapt.eval.task;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Equality of texts after some changes to both. */
record ExactMatch(
    List<Pattern> ignored, boolean ignoreCase, boolean ignorePunctuation, boolean ignoreNumbers) {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
  private static final Pattern DIGITS = Pattern.compile("[0-9]");

  /** Reads the settings in an entry of {@code metric_list}. */
  static ExactMatch read(TaskKeys keys) {
    List<Pattern> ignored =
        keys.find("regexes_to_ignore")
            .map(list -> list.elements().stream().map(PythonRegex::compile).toList())
            .orElse(List.of());
    return new ExactMatch(
        ignored,
        keys.flagOr("ignore_case", false),
        keys.flagOr("ignore_punctuation", false),
        keys.flagOr("ignore_numbers", false));
  }

  boolean holds(String response, String reference) {
    return changed(response).equals(changed(reference));
  }

  private String changed(String text) {
    String changed = text;
    for (Pattern pattern : ignored) {
      changed = pattern.matcher(changed).replaceAll("");
    }
    changed = ignoreCase ? changed.toLowerCase(Locale.ROOT) : changed;
    changed = ignorePunctuation ? PUNCTUATION.matcher(changed).replaceAll("") : changed;
    return ignoreNumbers ? DIGITS.matcher(changed).replaceAll("") : changed;
  }
}
