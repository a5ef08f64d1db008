package dev.rapt.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Chooses answer spans by the probabilities of their first and last tokens. */
final class AnswerSpans {
  /** A span from its first to its last token, inclusive. */
  record Span(int first, int last, double score) {}

  private AnswerSpans() {}

  /**
   * Softmax over the tokens that may belong to an answer and the first token, which means no
   * answer.
   */
  static double[] probabilities(float[] logits, boolean[] allowed) {
    float[] masked = new float[allowed.length];
    for (int t = 0; t < masked.length; t++) {
      masked[t] = allowed[t] || t == 0 ? logits[t] : Float.NEGATIVE_INFINITY;
    }
    return Probabilities.softmax(masked);
  }

  /** The most likely spans of at most maxTokens tokens, most likely first. */
  static List<Span> best(
      double[] starts, double[] ends, boolean[] allowed, int maxTokens, int count) {
    Comparator<Span> worstFirst = Comparator.comparingDouble(Span::score);
    PriorityQueue<Span> kept = new PriorityQueue<>(worstFirst);
    for (int first = 0; first < allowed.length; first++) {
      for (int last = first; last < Math.min(allowed.length, first + maxTokens); last++) {
        if (!allowed[first] || !allowed[last]) {
          continue;
        }
        kept.add(new Span(first, last, starts[first] * ends[last]));
        if (kept.size() > count) {
          kept.poll();
        }
      }
    }
    List<Span> best = new ArrayList<>(kept);
    best.sort(worstFirst.reversed());
    return best;
  }
}
