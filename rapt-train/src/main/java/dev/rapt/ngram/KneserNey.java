package dev.rapt.ngram;

import java.util.Arrays;

/**
 * An interpolated modified Kneser-Ney model over token ids (S. Chen and J. Goodman, An Empirical
 * Study of Smoothing Techniques for Language Modeling, 1999, section 3).
 *
 * <p>The highest order counts occurrences; an n-gram of a lower order counts the different tokens
 * seen before it, or occurrences if it begins a document, where nothing precedes it. Every order
 * has its own discounts for counts of 1, 2 and 3 or more, estimated from the counts of counts, and
 * passes the freed probability to the next lower order; the lowest order is interpolated with the
 * uniform distribution over the vocabulary. Where the counts of counts do not determine the
 * discounts (tiny or very regular text may have no n-grams that occur once), they are 0.5, 1 and
 * 1.5.
 *
 * <p>A model is immutable; a {@link Scorer} follows one token stream and is for one thread.
 */
public final class KneserNey {
  private static final double[] DEFAULT_DISCOUNTS = {0, 0.5, 1, 1.5};
  private static final int MAX_ORDER = 16;

  private final int vocabSize;
  private final int order;
  private final NgramTable[] tables; // [n - 1] holds the n-grams
  private final double[][] discounts; // [n - 1][min(count, 3)]
  private final int[][] totals; // [n - 1][id of context]: adjusted counts of what follows
  private final float[][] backoffs; // [n - 1][id of context]: probability left to the lower order

  /** Held-out loss: number of tokens and the sum of their losses in nats. */
  public record Evaluation(long tokens, double nats) {
    /** Mean loss in nats per token. */
    public double natsPerToken() {
      return nats / tokens;
    }
  }

  private KneserNey(Builder builder) {
    vocabSize = builder.vocabSize;
    order = builder.order;
    tables = builder.tables;
    discounts = new double[order][];
    totals = new int[order][];
    backoffs = new float[order][];
    for (int n = 1; n <= order; n++) {
      discounts[n - 1] = discounts(tables[n - 1]);
      summarise(n);
    }
  }

  /**
   * Starts counting.
   *
   * @param vocabSize token ids are in [0, vocabSize)
   * @param order length of the longest n-gram, 5 for the usual baseline
   */
  public static Builder builder(int vocabSize, int order) {
    return new Builder(vocabSize, order);
  }

  /** The vocabulary size; tokens are in [0, vocabSize). */
  public int vocabSize() {
    return vocabSize;
  }

  /** The length of the longest n-gram. */
  public int order() {
    return order;
  }

  /** Number of distinct n-grams of a length from 1 to the order, including document beginnings. */
  public long ngrams(int length) {
    return tables[length - 1].size();
  }

  /** Creates a scorer at the beginning of a document. */
  public Scorer scorer() {
    return new Scorer();
  }

  /**
   * Scores tokens that begin a document.
   *
   * @param endOfText the token after which a new document begins, or -1 if there is none
   */
  public Evaluation evaluate(int[] tokens, int endOfText) {
    Scorer scorer = scorer();
    double nats = 0;
    for (int token : tokens) {
      nats -= scorer.logProbability(token);
      if (token == endOfText) {
        scorer.startDocument();
      }
    }
    return new Evaluation(tokens.length, nats);
  }

  private static double[] discounts(NgramTable table) {
    long[] n = new long[5]; // n[k]: how many n-grams have the adjusted count k
    for (int id = 0; id < table.size(); id++) {
      int count = table.count(id);
      if (count <= 4) {
        n[count]++;
      }
    }
    if (n[1] == 0 || n[2] == 0 || n[3] == 0) {
      return DEFAULT_DISCOUNTS;
    }
    double y = n[1] / (n[1] + 2.0 * n[2]);
    double[] d = new double[4];
    for (int k = 1; k <= 3; k++) {
      d[k] = k - (k + 1) * y * n[k + 1] / n[k];
      if (d[k] < 0 || d[k] > k) {
        return DEFAULT_DISCOUNTS;
      }
    }
    return d;
  }

  /** Total counts and left-over probability of every context of the n-grams. */
  private void summarise(int n) {
    NgramTable table = tables[n - 1];
    int contexts = n == 1 ? 1 : tables[n - 2].size();
    int[] total = new int[contexts];
    double[] freed = new double[contexts];
    double[] d = discounts[n - 1];
    for (int id = 0; id < table.size(); id++) {
      int count = table.count(id);
      if (count > 0) {
        int context = table.context(id);
        total[context] = Math.addExact(total[context], count);
        freed[context] += d[Math.min(count, 3)];
      }
    }
    float[] backoff = new float[contexts];
    for (int c = 0; c < contexts; c++) {
      backoff[c] = total[c] == 0 ? 1 : (float) (freed[c] / total[c]);
    }
    totals[n - 1] = total;
    backoffs[n - 1] = backoff;
  }

  /** Advances the ids of the suffixes: ids[n] is that of the last n tokens, or absent. */
  private void advance(int[] ids, int token) {
    for (int n = order - 1; n >= 1; n--) {
      int context = n == 1 ? 0 : ids[n - 1];
      ids[n] =
          context == NgramTable.ABSENT ? NgramTable.ABSENT : tables[n - 1].find(context, token);
    }
  }

  /** Predicts a token stream, token by token. */
  public final class Scorer {
    /**
     * ids[n]: the n-gram of the last n tokens; the beginning of a document is a token of its own.
     */
    private final int[] ids = new int[Math.max(order, 2)];

    private Scorer() {
      startDocument();
    }

    /** Clears the context: the next token begins a document. */
    public void startDocument() {
      Arrays.fill(ids, NgramTable.ABSENT);
      if (order > 1) {
        ids[1] = tables[0].find(0, vocabSize);
      }
    }

    /** ln p(token | context), in nats; the context does not change. */
    public double peek(int token) {
      requireToken(token, vocabSize);
      double p = 1.0 / vocabSize;
      for (int n = 1; n <= order; n++) {
        int context = n == 1 ? 0 : ids[n - 1];
        if (context == NgramTable.ABSENT || totals[n - 1][context] == 0) {
          break; // every longer context is unseen too
        }
        int id = tables[n - 1].find(context, token);
        int count = id == NgramTable.ABSENT ? 0 : tables[n - 1].count(id);
        double kept = count == 0 ? 0 : count - discounts[n - 1][Math.min(count, 3)];
        p = kept / totals[n - 1][context] + backoffs[n - 1][context] * p;
      }
      return Math.log(p);
    }

    /** ln p(token | context), in nats; then appends the token to the context. */
    public double logProbability(int token) {
      double logProbability = peek(token);
      advance(ids, token);
      return logProbability;
    }
  }

  private static void requireToken(int token, int vocabSize) {
    if (token < 0 || token >= vocabSize) {
      throw new IllegalArgumentException(
          "token: must be in [0, "
              + vocabSize
              + "), got "
              + token
              + "; use the tokenizer of the training text");
    }
  }

  /** Counts n-grams. The first token that is added begins a document. */
  public static final class Builder {
    private final int vocabSize;
    private final int order;
    private final NgramTable[] tables;
    private final int[] ids; // as in Scorer, n up to the order
    private int position; // tokens of this document before the next one
    private long tokens;

    private Builder(int vocabSize, int order) {
      if (vocabSize < 1 || order < 1 || order > MAX_ORDER) {
        throw new IllegalArgumentException(
            "n-grams: need a positive vocabulary size and an order from 1 to "
                + MAX_ORDER
                + ", got "
                + vocabSize
                + " and "
                + order);
      }
      this.vocabSize = vocabSize;
      this.order = order;
      this.tables = new NgramTable[order];
      Arrays.setAll(tables, i -> new NgramTable());
      this.ids = new int[order + 1];
      startDocument();
    }

    /** Starts a document: the next token has no context. */
    public Builder startDocument() {
      position = 0;
      return this;
    }

    /** Counts the n-grams that end with this token. */
    public Builder add(int token) {
      requireToken(token, vocabSize);
      if (position == 0) {
        // The beginning is a token of its own that is never predicted: it has an id, but no count.
        ids[1] = tables[0].add(0, vocabSize);
      }
      int longest = Math.min(order, position + 2); // with the beginning as its first token
      boolean extended = false; // whether the n-gram got a new token before it
      for (int n = longest; n >= 1; n--) {
        NgramTable table = tables[n - 1];
        int known = table.size();
        int id = table.add(n == 1 ? 0 : ids[n - 1], token);
        boolean begins = n == position + 2;
        if (n == order || begins || extended) {
          table.increment(id);
        }
        extended = id == known;
        ids[n] = id;
      }
      position++;
      tokens++;
      return this;
    }

    /**
     * Adds tokens that begin a document; {@code endOfText} ends a document, -1 if there is none.
     */
    public Builder addAll(int[] tokens, int endOfText) {
      startDocument();
      for (int token : tokens) {
        add(token);
        if (token == endOfText) {
          startDocument();
        }
      }
      return this;
    }

    /**
     * Estimates the model. The builder must not be used afterwards.
     *
     * @throws IllegalArgumentException if no token was added
     */
    public KneserNey build() {
      if (tokens == 0) {
        throw new IllegalArgumentException("n-grams: need at least one token, got none");
      }
      return new KneserNey(this);
    }
  }
}
