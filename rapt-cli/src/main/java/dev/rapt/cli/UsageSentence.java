package dev.rapt.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rewrites picocli's messages in the form of Rapt's own. */
final class UsageSentence {
  private static final Map<Pattern, String> FORMS = forms();

  private UsageSentence() {}

  /** The message as {@code what: must hold, got values}; unchanged if its form is unknown. */
  static String of(String message) {
    if (message.startsWith("Missing required options and parameters")
        || message.startsWith("Missing required parameter")) {
      message = message.replaceAll("'(--[\\w-]+)=[^']*'", "$1").replaceAll("'([A-Z/]+)'", "$1");
    }
    for (Map.Entry<Pattern, String> form : FORMS.entrySet()) {
      Matcher matcher = form.getKey().matcher(message);
      if (matcher.matches()) {
        return matcher.replaceFirst(form.getValue());
      }
    }
    return message;
  }

  private static Map<Pattern, String> forms() {
    String invalid = "Invalid value for ";
    String option = "option '(--?[\\w-]+)'(?: at index \\d+)?(?: \\([^)]*\\))?";
    Map<String, String> forms = new LinkedHashMap<>();
    forms.put(
        invalid + option + ": expected (one of \\[.*\\])(?: \\([^)]*\\))? but was (.*)",
        "$1: must be $2, got $3");
    forms.put(invalid + option + ": (.*)", "$1: $2");
    forms.put(invalid + "positional parameter at index \\d+ \\(([^)]*)\\): (.*)", "$1: $2");
    forms.put(option + " should be specified only once", "$1: must be given once, got it twice");
    forms.put("Missing required parameter for " + option, "$1: must have a value, got none");
    forms.put("Missing required option: '(--?[\\w-]+)[^']*'", "$1: must be given, got none");
    forms.put("Missing required (?:options and )?parameters?: (.*)", "$1: must be given, got none");
    forms.put(
        "Unmatched arguments? (?:from|at) index \\d+: (.*)",
        "arguments: must be those of the command, got more: $1");
    forms.put("Unknown options?: (.*)", "$1: not an option of this command");
    forms.put(
        "Error: (.*) are mutually exclusive \\(specify only one\\)",
        "$1: must be one of them, got more");
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    forms.forEach(
        (form, sentence) -> patterns.put(Pattern.compile(form, Pattern.DOTALL), sentence));
    return patterns;
  }
}
