package dev.rapt.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * chrF and chrF++ of a corpus, the F-score of n-grams of characters and words, with recall weighted
 * twice (Popović, chrF: character n-gram F-score for automatic MT evaluation, WMT 2015; chrF++:
 * words helping character n-grams, WMT 2017), as sacreBLEU computes them. Scores are between 0 and
 * 100.
 */
public final class Chrf {
  /** The release of sacreBLEU whose scores are computed. */
  static final String SACREBLEU_VERSION = "2.6.0";

  private static final int CHAR_ORDER = 6;
  private static final int BETA = 2;
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  private static final Pattern SPACES =
      Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

  private final int wordOrder;
  private final boolean lowercase;
  private final double[] sums;
  private int references;

  private Chrf(int wordOrder, boolean lowercase) {
    this.wordOrder = wordOrder;
    this.lowercase = lowercase;
    sums = new double[3 * (CHAR_ORDER + wordOrder)];
  }

  /** Creates an empty score of chrF: n-grams of 1 to 6 characters. */
  public static Chrf characters(boolean lowercase) {
    return new Chrf(0, lowercase);
  }

  /** Creates an empty score of chrF++: also n-grams of 1 and 2 words. */
  public static Chrf withWords(boolean lowercase) {
    return new Chrf(2, lowercase);
  }

  /**
   * Counts a translation.
   *
   * @throws IllegalArgumentException if there is no reference
   */
  public void add(String translation, List<String> references) {
    double[] counts = counts(translation, references);
    for (int i = 0; i < sums.length; i++) {
      sums[i] += counts[i];
    }
    this.references = this.references == 0 ? references.size() : this.references;
  }

  /**
   * Returns the counts of a translation with the reference that scores best, whose sums over a
   * corpus make its {@link #score(double[])}: for each order the n-grams of the translation, those
   * of the reference, and those of both.
   *
   * @throws IllegalArgumentException if there is no reference
   */
  public double[] counts(String translation, List<String> references) {
    if (references.isEmpty()) {
      throw new IllegalArgumentException("chrF: must have at least one reference, got none");
    }
    List<Map<String, Integer>> found = ngrams(translation);
    double[] best = {};
    double bestScore = -1;
    for (String reference : references) {
      List<Map<String, Integer>> wanted = ngrams(reference);
      double[] counts = new double[sums.length];
      for (int i = 0; i < wanted.size(); i++) {
        Map<String, Integer> other = wanted.get(i);
        double shared = 0, all = 0;
        for (Map.Entry<String, Integer> ngram : found.get(i).entrySet()) {
          all += ngram.getValue();
          shared += Math.min(ngram.getValue(), other.getOrDefault(ngram.getKey(), 0));
        }
        counts[3 * i] = other.isEmpty() ? 0 : all; // n-grams that the reference cannot have
        counts[3 * i + 1] = other.values().stream().mapToInt(Integer::intValue).sum();
        counts[3 * i + 2] = shared;
      }
      double score = score(counts);
      if (score > bestScore) {
        bestScore = score;
        best = counts;
      }
    }
    return best;
  }

  /** Returns the score, 0 to 100. */
  public double score() {
    return score(sums);
  }

  /**
   * Returns the score of a corpus, 0 to 100.
   *
   * @param sums of the {@link #counts} of its sentences
   */
  public static double score(double[] sums) {
    double precision = 0, recall = 0;
    int orders = 0;
    for (int i = 0; i < sums.length; i += 3) {
      if (sums[i] > 0 && sums[i + 1] > 0) {
        precision += sums[i + 2] / sums[i];
        recall += sums[i + 2] / sums[i + 1];
        orders++;
      }
    }
    if (precision + recall == 0) {
      return 0;
    }
    precision /= orders;
    recall /= orders;
    double weight = BETA * BETA;
    return 100 * (1 + weight) * precision * recall / (weight * precision + recall);
  }

  /**
   * Returns the signature by which sacreBLEU 2.6.0 names these settings: {@code
   * nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0}.
   */
  public String signature() {
    return "nrefs:%s|case:%s|eff:yes|nc:%d|nw:%d|space:no|version:%s"
        .formatted(
            Math.max(1, references),
            lowercase ? "lc" : "mixed",
            CHAR_ORDER,
            wordOrder,
            SACREBLEU_VERSION);
  }

  private List<Map<String, Integer>> ngrams(String text) {
    String line = (lowercase ? text.toLowerCase(Locale.ROOT) : text).stripTrailing();
    List<String> words = Arrays.stream(SPACES.split(line)).filter(word -> !word.isEmpty()).toList();
    List<String> characters =
        String.join("", words).codePoints().mapToObj(Character::toString).toList();
    List<Map<String, Integer>> ngrams = new ArrayList<>();
    for (int n = 1; n <= CHAR_ORDER; n++) {
      ngrams.add(counts(characters, n, ""));
    }
    if (wordOrder > 0) {
      List<String> split = words.stream().flatMap(word -> parts(word).stream()).toList();
      for (int n = 1; n <= wordOrder; n++) {
        ngrams.add(counts(split, n, " "));
      }
    }
    return ngrams;
  }

  private static Map<String, Integer> counts(List<String> units, int n, String between) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= units.size(); i++) {
      counts.merge(String.join(between, units.subList(i, i + n)), 1, Integer::sum);
    }
    return counts;
  }

  /** Splits punctuation off the end of a word, or else off its beginning. */
  private static List<String> parts(String word) {
    int last = word.length() - 1;
    if (word.codePointCount(0, word.length()) == 1) {
      return List.of(word);
    }
    if (PUNCTUATION.indexOf(word.charAt(last)) >= 0) {
      return List.of(word.substring(0, last), word.substring(last));
    }
    return PUNCTUATION.indexOf(word.charAt(0)) >= 0
        ? List.of(word.substring(0, 1), word.substring(1))
        : List.of(word);
  }
}
