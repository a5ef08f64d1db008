package dev.rapt.eval.task;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions in the syntax of Python's {@code re}. */
final class PythonRegex {
  private PythonRegex() {}

  /**
   * Compiles an expression. Groups may be named as Python names them; other syntax that only Python
   * has is refused.
   *
   * @throws TaskException if it is not well formed
   */
  static Pattern compile(YamlNode node) {
    String java = node.text().replace("(?P<", "(?<").replaceAll("\\(\\?P=(\\w+)\\)", "\\\\k<$1>");
    try {
      return Pattern.compile(java.replace("\\Z", "\\z"), Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException e) {
      throw node.error(
          "must be a regular expression, but %s near %d"
              .formatted(e.getDescription(), e.getIndex()));
    }
  }
}
