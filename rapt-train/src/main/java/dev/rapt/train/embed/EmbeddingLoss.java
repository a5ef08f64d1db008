package dev.rapt.train.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.ContrastiveLosses;
import dev.rapt.autograd.loss.VectorDistance;
import dev.rapt.autograd.loss.VectorSimilarity;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a batch of pairs, triplets or scored pairs.
 *
 * @param kind the loss
 * @param similarity how vectors are compared by the losses that rank
 * @param scale inverse temperature of similarities
 * @param margin margin of distances
 * @param sizes Matryoshka sizes: numbers of leading components for each of which the loss is
 *     computed; empty for whole vectors alone
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EmbeddingLoss(
    Kind kind, VectorSimilarity similarity, float scale, float margin, int[] sizes) {
  /** A loss of text vectors; {@link ContrastiveLosses} has the definitions. */
  public enum Kind {
    /** Multiple negatives ranking. */
    RANKING(false, 0),
    /** Multiple negatives ranking in both directions. */
    SYMMETRIC(false, 0),
    /** Order of cosines as that of the scores. */
    COSENT(true, 0),
    /** Squared error of cosines. */
    COSINE(true, 0),
    /** Euclidean distance to the positive below that to the negative. */
    TRIPLET(false, 5),
    /** Cosine distance, small for a score of 1 and above the margin for 0. */
    CONTRASTIVE(true, 0.5f);

    private final boolean isScored;
    private final float usualMargin;

    Kind(boolean isScored, float usualMargin) {
      this.isScored = isScored;
      this.usualMargin = usualMargin;
    }

    /** Returns whether the examples are scored pairs. */
    public boolean isScored() {
      return isScored;
    }

    /** Returns whether other examples of the batch serve as negatives. */
    public boolean ranks() {
      return this == RANKING || this == SYMMETRIC;
    }

    /** Returns the margin by default; 0 for losses without one. */
    public float usualMargin() {
      return usualMargin;
    }

    /** Returns the name: {@code ranking}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the loss of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind named(String label) {
      return Arrays.stream(values())
          .filter(kind -> kind.label().equals(label))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "loss: must be %s, got %s"
                      .formatted(
                          Arrays.stream(values())
                              .map(Kind::label)
                              .collect(Collectors.joining(", ")),
                          label)));
    }
  }

  /**
   * The vectors of a batch.
   *
   * @param anchors (B, E)
   * @param positives (B, E)
   * @param negatives (N, E), or null
   * @param owners N rows of the anchors to which the negatives belong
   * @param scores B scores of scored pairs; empty for others
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Vectors(
      Tensor anchors, Tensor positives, @Nullable Tensor negatives, int[] owners, float[] scores) {}

  /** Returns the number of terms whose mean is the loss. */
  public long numTargets(int examples, int negatives) {
    return kind == Kind.TRIPLET ? negatives : examples;
  }

  /** Returns the loss: a mean over the batch, a scalar. */
  public Tensor of(Vectors vectors) {
    if (sizes.length == 0) {
      return ofWhole(vectors);
    }
    List<Tensor> all = new ArrayList<>(List.of(vectors.anchors, vectors.positives));
    if (vectors.negatives != null) {
      all.add(vectors.negatives);
    }
    float[] weights = new float[sizes.length];
    Arrays.fill(weights, 1);
    return ContrastiveLosses.matryoshka(
        all,
        sizes,
        weights,
        cut ->
            ofWhole(
                new Vectors(
                    cut.get(0),
                    cut.get(1),
                    cut.size() > 2 ? cut.get(2) : null,
                    vectors.owners,
                    vectors.scores)));
  }

  private Tensor ofWhole(Vectors v) {
    return switch (kind) {
      case RANKING ->
          ContrastiveLosses.multipleNegativesRanking(
              v.anchors, candidates(v), similarity, scale, 0);
      case SYMMETRIC ->
          ContrastiveLosses.symmetricRanking(v.anchors, candidates(v), similarity, scale, 0);
      case COSENT -> ContrastiveLosses.coSent(v.anchors, v.positives, v.scores, scale);
      case COSINE -> ContrastiveLosses.cosineSimilarity(v.anchors, v.positives, v.scores, 0);
      case TRIPLET -> triplet(v);
      case CONTRASTIVE ->
          ContrastiveLosses.contrastive(
              v.anchors, v.positives, v.scores, VectorDistance.COSINE, margin, 0);
    };
  }

  private static List<Tensor> candidates(Vectors v) {
    return v.negatives == null ? List.of(v.positives) : List.of(v.positives, v.negatives);
  }

  private Tensor triplet(Vectors v) {
    if (v.negatives == null) {
      throw new IllegalArgumentException(
          "loss triplet: must have a negative for each pair, got none");
    }
    Tensor owners = v.anchors.scope().ints(v.owners, v.owners.length);
    return ContrastiveLosses.triplet(
        Ops.embedding(v.anchors, owners),
        Ops.embedding(v.positives, owners),
        v.negatives,
        VectorDistance.EUCLIDEAN,
        margin,
        0);
  }
}
