package dev.rapt.eval.ask;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answer that most of several sampled texts give (Wang et al., Self-Consistency Improves Chain
 * of Thought Reasoning in Language Models, arXiv:2203.11171).
 *
 * @param votes how many texts give each answer, the most frequent first; of equally frequent ones,
 *     the one that was given first
 * @param withoutAnswer texts in which no answer was found
 */
public record SelfConsistency(Map<String, Integer> votes, int withoutAnswer) {
  /**
   * Counts the answers of texts.
   *
   * @param answer finds the answer: its first group, or the whole match; the last match counts
   */
  public static SelfConsistency of(List<String> texts, Pattern answer) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    int without = 0;
    for (String text : texts) {
      Optional<String> found = answerIn(text, answer);
      found.ifPresent(given -> counts.merge(given, 1, Integer::sum));
      without += found.isEmpty() ? 1 : 0;
    }
    List<Map.Entry<String, Integer>> order = new ArrayList<>(counts.entrySet());
    order.sort(Comparator.comparingInt(entry -> -entry.getValue()));
    Map<String, Integer> votes = new LinkedHashMap<>();
    order.forEach(entry -> votes.put(entry.getKey(), entry.getValue()));
    return new SelfConsistency(votes, without);
  }

  /** Returns the answer in a text: the last match. */
  public static Optional<String> answerIn(String text, Pattern answer) {
    Matcher matcher = answer.matcher(text);
    String found = null;
    while (matcher.find()) {
      String group = matcher.groupCount() > 0 ? matcher.group(1) : null;
      found = (group == null ? matcher.group() : group).strip();
    }
    return Optional.ofNullable(found).filter(given -> !given.isEmpty());
  }

  /** Returns the answer with the most votes; empty if no text has one. */
  public Optional<String> answer() {
    return votes.keySet().stream().findFirst();
  }
}
