package dev.rapt.generate.logits;

import java.util.Arrays;

/**
 * Processors for sampling: temperature, and truncations that remove unlikely tokens. Each keeps at
 * least {@code minKeep} tokens.
 */
final class TruncationProcessors {
  private static final float REMOVED = Float.NEGATIVE_INFINITY;

  private TruncationProcessors() {}

  /** Divides scores by the temperature. */
  record Temperature(float temperature) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] /= temperature;
      }
    }
  }

  /** Top-k: keeps the k best tokens, and those with the score of the last of them. */
  record TopK(int k, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      int count = Math.min(Math.max(k, minKeep), scores.length);
      float threshold = Logits.kthLargest(scores, count);
      for (int i = 0; i < scores.length; i++) {
        if (scores[i] < threshold) {
          scores[i] = REMOVED;
        }
      }
    }
  }

  /** Top-p: keeps the smallest set of best tokens with total probability p (arXiv:1904.09751). */
  record TopP(double p, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      double[] probs = Logits.softmax(scores);
      // All tokens this unlikely have less than 1 - p in total: they are removed unsorted.
      double negligible = (1 - p) / scores.length;
      double removedMass = 0;
      long[] keys = new long[scores.length];
      int count = 0;
      for (int i = 0; i < scores.length; i++) {
        if (probs[i] < negligible) {
          removedMass += probs[i];
        } else {
          keys[count++] = Logits.descendingKey(scores[i], i);
        }
      }
      Arrays.sort(keys, 0, count);
      boolean[] keep = new boolean[scores.length];
      int kept = count;
      while (kept > minKeep && removedMass + probs[(int) keys[kept - 1]] <= 1 - p) {
        removedMass += probs[(int) keys[--kept]];
      }
      for (int i = 0; i < kept; i++) {
        keep[(int) keys[i]] = true;
      }
      if (kept < minKeep) {
        for (int i : Logits.topIndices(scores, Math.min(minKeep, scores.length))) {
          keep[i] = true;
        }
      }
      removeOthers(scores, keep);
    }
  }

  /** Min-p: removes tokens less likely than minP times the best (arXiv:2407.01082). */
  record MinP(double minP, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      double[] probs = Logits.softmax(scores);
      double threshold = minP * probs[Logits.argmax(scores)];
      removeBelow(scores, probs, threshold, minKeep);
    }
  }

  /** Epsilon cutoff: removes tokens less likely than epsilon (arXiv:2210.15191). */
  record EpsilonCutoff(double epsilon, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      removeBelow(scores, Logits.softmax(scores), epsilon, minKeep);
    }
  }

  /** Eta cutoff: an epsilon cutoff that is lower for flat distributions (arXiv:2210.15191). */
  record EtaCutoff(double epsilon, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      double[] probs = Logits.softmax(scores);
      double eta = Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-Logits.entropy(probs)));
      removeBelow(scores, probs, eta, minKeep);
    }
  }

  /**
   * Typical-p: keeps tokens whose -ln p is nearest the entropy, up to a mass (arXiv:2202.00666).
   */
  record Typical(double mass, int minKeep) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      double logSum = Logits.logSumExp(scores);
      double[] probs = Logits.softmax(scores);
      double entropy = Logits.entropy(probs);
      float[] distance = new float[scores.length];
      long[] keys = new long[scores.length];
      for (int i = 0; i < scores.length; i++) {
        distance[i] = (float) Math.abs(logSum - scores[i] - entropy);
        keys[i] = Logits.descendingKey(-distance[i], i);
      }
      Arrays.sort(keys);
      int last = 0;
      double sum = 0;
      while (last < keys.length - 1 && (sum += probs[(int) keys[last]]) < mass) {
        last++;
      }
      float limit = distance[(int) keys[last]];
      for (int i = minKeep; i < keys.length; i++) {
        int token = (int) keys[i];
        if (distance[token] > limit) {
          scores[token] = REMOVED;
        }
      }
    }
  }

  /**
   * Top-H: keeps the best tokens while their contribution to the entropy stays below a share of the
   * total (arXiv:2509.02510). Considers the 100 best tokens only.
   */
  record TopH(double share) implements LogitsProcessor {
    private static final int CANDIDATES = 100;

    @Override
    public void process(int[] ids, int length, float[] scores) {
      int[] best = Logits.topIndices(scores, Math.min(CANDIDATES, scores.length));
      float[] candidates = new float[best.length];
      for (int i = 0; i < best.length; i++) {
        candidates[i] = scores[best[i]];
      }
      double[] probs = Logits.softmax(candidates);
      double limit = Logits.entropy(probs) * share;
      boolean[] keep = new boolean[scores.length];
      keep[best[0]] = true;
      double sum = 0;
      for (int i = 0; i < best.length && probs[i] > 0; i++) {
        sum -= probs[i] * Math.log(probs[i]);
        keep[best[i]] |= sum <= limit;
      }
      removeOthers(scores, keep);
    }
  }

  /** Replaces scores by log-probabilities. */
  record Normalize() implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      Logits.logSoftmax(scores);
    }
  }

  private static void removeBelow(float[] scores, double[] probs, double threshold, int minKeep) {
    float kept = Logits.kthLargest(scores, Math.min(minKeep, scores.length));
    for (int i = 0; i < scores.length; i++) {
      if (probs[i] < threshold && scores[i] < kept) {
        scores[i] = REMOVED;
      }
    }
  }

  private static void removeOthers(float[] scores, boolean[] keep) {
    for (int i = 0; i < scores.length; i++) {
      if (!keep[i]) {
        scores[i] = REMOVED;
      }
    }
  }
}
