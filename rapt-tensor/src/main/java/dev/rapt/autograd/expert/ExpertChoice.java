package dev.rapt.autograd.expert;

import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Top-k expert routing: each token goes to the experts with the largest scores, at equal scores to
 * the first. No gradients flow through the choice.
 *
 * @param topK experts for each token
 * @param score the function of the logits that is compared
 * @param bias (X) f32, added to the score for this choice alone, or null; DeepSeek-V3,
 *     arXiv:2412.19437, section 2.1.2
 * @param groups groups of experts; usually a single group of all
 */
public record ExpertChoice(int topK, Score score, @Nullable Tensor bias, Groups groups) {
  /**
   * A monotonic function of the logit. Which one matters only where a bias or other scores are
   * added.
   */
  public enum Score {
    LOGIT,
    SIGMOID,
    SOFTMAX
  }

  /**
   * Group-limited routing: consecutive experts form groups of equal size, and a token may use only
   * experts of the best groups.
   *
   * @param count number of groups
   * @param kept number of groups from which experts are chosen
   * @param scoredBy number of a group's best expert scores that are summed to the score of the
   *     group: 1 in DeepSeek-V2, 2 in V3
   */
  public record Groups(int count, int kept, int scoredBy) {
    public Groups {
      if (kept < 1 || kept > count || scoredBy < 1) {
        throw new IllegalArgumentException(
            "expert groups: needs 1 <= kept <= count and scoredBy >= 1, got %d of %d, %d"
                .formatted(kept, count, scoredBy));
      }
    }

    /** All experts in one group. */
    public static final Groups NONE = new Groups(1, 1, 1);
  }

  public ExpertChoice {
    if (topK < 1) {
      throw new IllegalArgumentException("experts: topK must be positive, got " + topK);
    }
  }

  /** Returns routing to the experts with the largest logits. */
  public static ExpertChoice largest(int topK) {
    return new ExpertChoice(topK, Score.LOGIT, null, Groups.NONE);
  }

  /**
   * Chooses the experts of each token, the best first.
   *
   * @param logits (N, X) f32
   * @return (N, topK) i32
   */
  public Tensor choose(Tensor logits) {
    logits.requireType(DType.F32);
    int X = Math.toIntExact(logits.lastDim());
    requireEnough(X);
    if (bias != null) {
      bias.requireShape("experts: bias of the choice", X).requireType(DType.F32);
    }
    int[] chosen = new int[Math.toIntExact(logits.numRows() * topK)];
    Spans.forEach(
        logits.numRows(),
        (long) X * topK,
        n -> {
          float[] scores = scores(logits, n, X);
          closeGroups(scores);
          System.arraycopy(best(scores, 0, X, topK), 0, chosen, (int) n * topK, topK);
        });
    return logits.scope().ints(chosen, logits.numRows(), topK);
  }

  private void requireEnough(int numExperts) {
    if (numExperts % groups.count != 0
        || groups.scoredBy > numExperts / groups.count
        || topK > numExperts / groups.count * groups.kept) {
      throw new IllegalArgumentException(
          "experts: %d groups, %d kept, scored by %d, must allow a choice of %d of %d experts"
              .formatted(groups.count, groups.kept, groups.scoredBy, topK, numExperts));
    }
  }

  private float[] scores(Tensor logits, long row, int numExperts) {
    float[] scores = new float[numExperts];
    for (int e = 0; e < numExperts; e++) {
      scores[e] = logits.getFloat(row * numExperts + e);
    }
    switch (score) {
      case LOGIT -> {}
      case SIGMOID -> sigmoids(scores);
      case SOFTMAX -> softmax(scores);
    }
    for (int e = 0; e < numExperts; e++) {
      if (bias != null) {
        scores[e] += bias.getFloat(e);
      }
    }
    return scores;
  }

  private static void sigmoids(float[] x) {
    for (int e = 0; e < x.length; e++) {
      x[e] = (float) (1 / (1 + Math.exp(-x[e])));
    }
  }

  private static void softmax(float[] x) {
    float most = x[0];
    for (float value : x) {
      most = Math.max(most, value);
    }
    double sum = 0;
    for (float value : x) {
      sum += Math.exp(value - most);
    }
    for (int e = 0; e < x.length; e++) {
      x[e] = (float) (Math.exp(x[e] - most) / sum);
    }
  }

  /** Sets the scores of experts outside the best groups to -infinity. */
  private void closeGroups(float[] scores) {
    if (groups.kept == groups.count) {
      return;
    }
    int size = scores.length / groups.count;
    float[] groupScores = new float[groups.count];
    for (int g = 0; g < groups.count; g++) {
      for (int e : best(scores, g * size, (g + 1) * size, groups.scoredBy)) {
        groupScores[g] += scores[e];
      }
    }
    boolean[] open = new boolean[groups.count];
    for (int g : best(groupScores, 0, groups.count, groups.kept)) {
      open[g] = true;
    }
    for (int g = 0; g < groups.count; g++) {
      if (!open[g]) {
        Arrays.fill(scores, g * size, (g + 1) * size, Float.NEGATIVE_INFINITY);
      }
    }
  }

  /** The indices of the k largest among scores [from, to), largest first, at ties the first. */
  private static int[] best(float[] scores, int from, int to, int k) {
    int[] best = new int[k];
    int found = 0;
    for (int e = from; e < to; e++) {
      int at = found;
      while (at > 0 && scores[e] > scores[best[at - 1]]) {
        at--;
      }
      if (at < k) {
        System.arraycopy(best, at, best, at + 1, Math.min(found, k - 1) - at);
        best[at] = e;
        found = Math.min(k, found + 1);
      }
    }
    return best;
  }
}
