package dev.rapt.metrics;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * ROUGE of summaries (C.-Y. Lin, ROUGE: A Package for Automatic Evaluation of Summaries, 2004), as
 * Google's rouge_score computes it without stemming: words are runs of ASCII letters and digits in
 * lower case. Scores are mean F1, 0 to 1.
 */
public final class Rouge {
  private static final Pattern OTHER = Pattern.compile("[^a-z0-9]+");

  private long count;
  private double one;
  private double two;
  private double longest;
  private double longestBySentence;

  /** Creates an empty score. */
  public Rouge() {}

  /** Counts a summary. */
  public void add(String summary, String reference) {
    List<String> words = words(summary), wanted = words(reference);
    count++;
    one += ngrams(words, wanted, 1);
    two += ngrams(words, wanted, 2);
    longest += f1(lcs(wanted, words).cardinality(), words.size(), wanted.size());
    longestBySentence += bySentence(summary, reference);
  }

  /** Returns ROUGE-1: single words. */
  public double rouge1() {
    return mean(one);
  }

  /** Returns ROUGE-2: pairs of words. */
  public double rouge2() {
    return mean(two);
  }

  /** Returns ROUGE-L: the longest common subsequence of the whole texts. */
  public double rougeL() {
    return mean(longest);
  }

  /**
   * Returns ROUGE-L of summaries: for each sentence of the reference, the union of its longest
   * common subsequences with all sentences of the summary. Each line is a sentence.
   */
  public double rougeLsum() {
    return mean(longestBySentence);
  }

  private double mean(double sum) {
    return count == 0 ? 0 : sum / count;
  }

  private static List<String> words(String text) {
    return Stream.of(OTHER.split(text.toLowerCase(Locale.ROOT)))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static double ngrams(List<String> words, List<String> wanted, int n) {
    long shared = NgramCounts.of(words, n).shared(NgramCounts.of(wanted, n));
    return f1(shared, Math.max(words.size() - n + 1, 0), Math.max(wanted.size() - n + 1, 0));
  }

  private static double f1(long shared, long found, long wanted) {
    return found + wanted == 0 ? 0 : 2.0 * shared / (found + wanted);
  }

  private static double bySentence(String summary, String reference) {
    List<List<String>> found = sentences(summary), wanted = sentences(reference);
    Map<String, Integer> leftFound = counts(found), leftWanted = counts(wanted);
    long hits = 0;
    for (List<String> sentence : wanted) {
      BitSet union = new BitSet();
      found.forEach(other -> union.or(lcs(sentence, other)));
      for (int i = union.nextSetBit(0); i >= 0; i = union.nextSetBit(i + 1)) {
        String word = sentence.get(i);
        if (leftFound.getOrDefault(word, 0) > 0 && leftWanted.getOrDefault(word, 0) > 0) {
          hits++;
          leftFound.merge(word, -1, Integer::sum);
          leftWanted.merge(word, -1, Integer::sum);
        }
      }
    }
    return f1(hits, size(found), size(wanted));
  }

  private static List<List<String>> sentences(String text) {
    List<List<String>> sentences = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (!line.isEmpty()) {
        sentences.add(words(line));
      }
    }
    return sentences;
  }

  private static Map<String, Integer> counts(List<List<String>> sentences) {
    Map<String, Integer> counts = new HashMap<>();
    sentences.forEach(words -> words.forEach(word -> counts.merge(word, 1, Integer::sum)));
    return counts;
  }

  private static long size(List<List<String>> sentences) {
    return sentences.stream().mapToLong(List::size).sum();
  }

  /** Returns the positions in {@code a} of a longest common subsequence with {@code b}. */
  private static BitSet lcs(List<String> a, List<String> b) {
    int[][] length = new int[a.size() + 1][b.size() + 1];
    for (int i = 1; i <= a.size(); i++) {
      for (int j = 1; j <= b.size(); j++) {
        length[i][j] =
            a.get(i - 1).equals(b.get(j - 1))
                ? length[i - 1][j - 1] + 1
                : Math.max(length[i - 1][j], length[i][j - 1]);
      }
    }
    BitSet common = new BitSet();
    int i = a.size(), j = b.size();
    while (i > 0 && j > 0) {
      if (a.get(i - 1).equals(b.get(j - 1))) {
        common.set(i - 1);
        i--;
        j--;
      } else if (length[i][j - 1] > length[i - 1][j]) {
        j--;
      } else {
        i--;
      }
    }
    return common;
  }
}
