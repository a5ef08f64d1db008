package dev.rapt.model.load;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Finds the names that a mistyped word may stand for. */
public final class SimilarNames {
  private static final int MOST = 3;

  private SimilarNames() {}

  /** Returns at most three names that differ from a word in a third of their letters or less. */
  public static List<String> to(String word, Collection<String> names) {
    return names.stream()
        .filter(name -> distance(name, word) <= Math.max(1, name.length() / 3))
        .sorted(Comparator.comparingInt(name -> distance(name, word)))
        .limit(MOST)
        .toList();
  }

  /** Levenshtein's distance: inserted, deleted and replaced characters. */
  private static int distance(String a, String b) {
    int[] row = IntStream.rangeClosed(0, b.length()).toArray();
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
