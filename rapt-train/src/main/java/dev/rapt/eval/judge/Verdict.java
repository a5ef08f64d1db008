package dev.rapt.eval.judge;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which of two answers is better. */
public enum Verdict {
  /** The first answer. */
  FIRST(List.of("first", "a", "1", "model_a", "response_a", "answer_a")),
  /** The second answer. */
  SECOND(List.of("second", "b", "2", "model_b", "response_b", "answer_b")),
  /** Neither. */
  TIE(List.of("tie", "c", "0", "both", "equal", "draw", "tie (bothbad)"));

  private final List<String> names;

  Verdict(List<String> names) {
    this.names = names;
  }

  /** Returns its name in files: first, second or tie. */
  public String key() {
    return names.getFirst();
  }

  /** Returns the verdict that a rater's word means, such as "first", "model_a" or "tie". */
  public static Optional<Verdict> of(String word) {
    String name = word.strip().toLowerCase(Locale.ROOT);
    for (Verdict verdict : values()) {
      if (verdict.names.contains(name)) {
        return Optional.of(verdict);
      }
    }
    return Optional.empty();
  }
}
