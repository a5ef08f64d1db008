package dev.rapt.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.regex.Pattern;

/**
 * Exact match and token F1 of answers, as the evaluation of SQuAD 1.1 and 2.0 computes them
 * (arXiv:1606.05250, section 6.1): without case, punctuation and articles. The best of several
 * references counts.
 */
public final class AnswerScore {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
  private static final Pattern ARTICLES =
      Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private long count;
  private double exact;
  private double f1;

  /** Creates an empty score. */
  public AnswerScore() {}

  /**
   * Counts an answer.
   *
   * @param references right answers; none, or the empty text, if the question has no answer
   */
  public void add(String answer, List<String> references) {
    List<String> right = references.isEmpty() ? List.of("") : references;
    count++;
    exact += best(answer, right, AnswerScore::exactMatch);
    f1 += best(answer, right, AnswerScore::f1);
  }

  private static double best(
      String answer, List<String> references, ToDoubleBiFunction<String, String> score) {
    return references.stream()
        .mapToDouble(reference -> score.applyAsDouble(answer, reference))
        .max()
        .orElseThrow();
  }

  /** Returns the number of answers. */
  public long count() {
    return count;
  }

  /** Returns the mean exact match, 0 to 1. */
  public double exactMatch() {
    return count == 0 ? 0 : exact / count;
  }

  /** Returns the mean F1, 0 to 1. */
  public double f1() {
    return count == 0 ? 0 : f1 / count;
  }

  /** Returns 1 if both are equal when normalised, else 0. */
  public static double exactMatch(String answer, String reference) {
    return normalised(answer).equals(normalised(reference)) ? 1 : 0;
  }

  /** Returns the F1 of the words that answer and reference share, each as often as in both. */
  public static double f1(String answer, String reference) {
    List<String> words = words(answer), wanted = words(reference);
    if (words.isEmpty() || wanted.isEmpty()) {
      return words.equals(wanted) ? 1 : 0;
    }
    Map<String, Integer> left = new HashMap<>();
    wanted.forEach(word -> left.merge(word, 1, Integer::sum));
    long shared = words.stream().filter(word -> left.merge(word, -1, Integer::sum) >= 0).count();
    return 2.0 * shared / (words.size() + wanted.size());
  }

  private static String normalised(String text) {
    return String.join(" ", words(text));
  }

  private static List<String> words(String text) {
    String bare = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
    String content = ARTICLES.matcher(bare).replaceAll(" ");
    return Arrays.stream(SPACES.split(content)).filter(word -> !word.isEmpty()).toList();
  }
}
