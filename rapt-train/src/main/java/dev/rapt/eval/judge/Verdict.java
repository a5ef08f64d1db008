package dev.rapt.eval.judge;

import java.util.Locale;
import java.util.Optional;

/** Which of two answers is better. */
public enum Verdict {
  /** The first answer. */
  FIRST("a|1|model_a|response_a|answer_a"),
  /** The second answer. */
  SECOND("b|2|model_b|response_b|answer_b"),
  /** Neither. */
  TIE("c|0|both|equal|draw|tie \\(bothbad\\)");

  /** Other names in the files of raters. */
  private final String otherNames;

  Verdict(String otherNames) {
    this.otherNames = otherNames;
  }

  /** Returns its name in files: first, second or tie. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the verdict that a rater's word means, such as "first", "model_a" or "tie". */
  public static Optional<Verdict> of(String word) {
    String name = word.strip().toLowerCase(Locale.ROOT);
    for (Verdict verdict : values()) {
      if (name.equals(verdict.key()) || name.matches(verdict.otherNames)) {
        return Optional.of(verdict);
      }
    }
    return Optional.empty();
  }
}
