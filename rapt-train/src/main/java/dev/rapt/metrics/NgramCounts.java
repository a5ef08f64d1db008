package dev.rapt.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How often each n-gram occurs in a text. */
final class NgramCounts {
  private final Map<List<String>, Integer> counts = new HashMap<>();

  /** Counts the n-grams of the words. */
  static NgramCounts of(List<String> words, int n) {
    NgramCounts ngrams = new NgramCounts();
    for (int i = 0; i + n <= words.size(); i++) {
      ngrams.counts.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    return ngrams;
  }

  /** Raises each count to that of the other text where that is larger. */
  void takeLarger(NgramCounts other) {
    other.counts.forEach((ngram, count) -> counts.merge(ngram, count, Math::max));
  }

  /** Returns how many n-grams both texts share, each as often as in the one that has fewer. */
  long shared(NgramCounts other) {
    long shared = 0;
    for (Map.Entry<List<String>, Integer> entry : counts.entrySet()) {
      shared += Math.min(entry.getValue(), other.counts.getOrDefault(entry.getKey(), 0));
    }
    return shared;
  }
}
