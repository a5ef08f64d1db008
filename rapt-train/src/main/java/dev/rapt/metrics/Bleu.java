package dev.rapt.metrics;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * BLEU of a corpus (Papineni et al., BLEU: a Method for Automatic Evaluation of Machine
 * Translation, ACL 2002), as sacreBLEU computes it by default (arXiv:1804.08771): n-grams of 1 to 4
 * words, 13a tokenization, exponential smoothing. Scores are between 0 and 100.
 */
public final class Bleu {
  private static final int ORDERS = 4;

  private final Tokenization tokenization;
  private final boolean lowercase;
  private final double[] sums = new double[2 + 2 * ORDERS];
  private int references;

  /** How texts are split into words. */
  public enum Tokenization {
    /** As the script mteval-v13a of WMT does, for languages that separate words. */
    V13A,
    /** Each code point is a word. */
    CHARACTERS,
    /** At white space; for texts that are tokenized already. */
    NONE
  }

  /** Creates an empty score with 13a tokenization and case. */
  public Bleu() {
    this(Tokenization.V13A, false);
  }

  /** Creates an empty score. */
  public Bleu(Tokenization tokenization, boolean lowercase) {
    this.tokenization = tokenization;
    this.lowercase = lowercase;
  }

  /**
   * Counts a translation.
   *
   * @param references translations to compare with
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
   * Returns the counts of a translation, whose sums over a corpus make its {@link
   * #score(double[])}: its length, that of the closest reference, and for each n the right n-grams
   * and all n-grams.
   *
   * @throws IllegalArgumentException if there is no reference
   */
  public double[] counts(String translation, List<String> references) {
    if (references.isEmpty()) {
      throw new IllegalArgumentException("BLEU: must have at least one reference, got none");
    }
    List<String> words = words(translation);
    List<List<String>> wanted = references.stream().map(this::words).toList();
    double[] counts = new double[2 + 2 * ORDERS];
    counts[0] = words.size();
    counts[1] = closestLength(wanted, words.size());
    for (int n = 1; n <= ORDERS; n++) {
      NgramCounts most = NgramCounts.of(wanted.getFirst(), n);
      for (List<String> reference : wanted.subList(1, wanted.size())) {
        most.takeLarger(NgramCounts.of(reference, n));
      }
      counts[2 * n] = NgramCounts.of(words, n).shared(most);
      counts[2 * n + 1] = Math.max(0, words.size() - n + 1);
    }
    return counts;
  }

  /** Returns the length of the reference whose length is closest; of two, the shorter. */
  private static int closestLength(List<List<String>> references, int length) {
    int closest = references.getFirst().size();
    for (List<String> reference : references) {
      int nearer = Math.abs(reference.size() - length) - Math.abs(closest - length);
      if (nearer < 0 || (nearer == 0 && reference.size() < closest)) {
        closest = reference.size();
      }
    }
    return closest;
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
    double smoothing = 1;
    double logs = 0;
    boolean hasNone = true;
    for (int n = 1; n <= ORDERS; n++) {
      double right = sums[2 * n], all = sums[2 * n + 1];
      if (all == 0) {
        return 0;
      }
      hasNone &= right == 0;
      smoothing *= right == 0 ? 2 : 1;
      logs += Math.log(right == 0 ? 1 / (smoothing * all) : right / all);
    }
    return hasNone ? 0 : 100 * brevityPenalty(sums) * Math.exp(logs / ORDERS);
  }

  /** Returns the factor below 1 of translations that are shorter than their references. */
  public double brevityPenalty() {
    return brevityPenalty(sums);
  }

  private static double brevityPenalty(double[] sums) {
    return sums[0] >= sums[1] ? 1 : Math.exp(1 - sums[1] / sums[0]);
  }

  /**
   * Returns the signature by which sacreBLEU 2.6.0 names these settings, so that others can compute
   * the same score: {@code nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0}.
   */
  public String signature() {
    String name =
        switch (tokenization) {
          case V13A -> "13a";
          case CHARACTERS -> "char";
          case NONE -> "none";
        };
    return "nrefs:%s|case:%s|eff:no|tok:%s|smooth:exp|version:%s"
        .formatted(
            Math.max(1, references), lowercase ? "lc" : "mixed", name, Chrf.SACREBLEU_VERSION);
  }

  private List<String> words(String text) {
    String line = (lowercase ? text.toLowerCase(Locale.ROOT) : text).stripTrailing();
    return switch (tokenization) {
      case V13A -> V13a.words(line);
      case CHARACTERS ->
          V13a.split(line.codePoints().mapToObj(Character::toString).collect(joining(" ")));
      case NONE -> V13a.split(line);
    };
  }

  /** The tokenization of mteval-v13a. */
  private static final class V13a {
    private static final Pattern SYMBOLS = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern AFTER_OTHER = Pattern.compile("([^0-9])([.,])");
    private static final Pattern BEFORE_OTHER = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH = Pattern.compile("([0-9])(-)");
    private static final Pattern SPACES =
        Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    static List<String> words(String text) {
      String line = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
      line =
          line.replace("&quot;", "\"")
              .replace("&amp;", "&")
              .replace("&lt;", "<")
              .replace("&gt;", ">");
      line = SYMBOLS.matcher(" " + line + " ").replaceAll(" $1 ");
      line = AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
      line = BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
      line = DASH.matcher(line).replaceAll("$1 $2 ");
      return split(line);
    }

    static List<String> split(String line) {
      return Stream.of(SPACES.split(line)).filter(word -> !word.isEmpty()).toList();
    }
  }
}
