package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Losses of text vectors (B, D), one vector per text, for the training of embedding models. All
 * tensors of a loss are on one tape, whether their texts were encoded together or apart. The
 * definitions are those of sentence-transformers 6.0
 * (https://sbert.net/docs/package_reference/sentence_transformer/losses.html), which its classes of
 * similar names compute.
 *
 * <p>A denominator divides a sum over the B rows, as in {@link Losses}; 0 gives the mean.
 */
public final class ContrastiveLosses {
  /** Makes the difference of a pair that does not count vanish after the exponential. */
  private static final float NEGLIGIBLE = -1e12f;

  private ContrastiveLosses() {}

  /**
   * Multiple negatives ranking (InfoNCE): cross entropy of each anchor choosing its own positive
   * among all positives and all hard negatives of the batch, with logits scale x similarity.
   * arXiv:1705.00652, section 4.4; arXiv:1807.03748, equation 4.
   *
   * @param anchors (B, D)
   * @param candidates (B, D) of positives, then any number of (B, D) of hard negatives
   * @param scale inverse temperature; 20 for cosines, 1 for dot products
   */
  public static Tensor multipleNegativesRanking(
      Tensor anchors,
      List<Tensor> candidates,
      VectorSimilarity similarity,
      float scale,
      double denominator) {
    Tensor logits = Ops.scale(similarities(anchors, candidates, similarity), scale);
    return Losses.crossEntropy(logits, ownPositives(logits), 0, denominator);
  }

  /**
   * Symmetric variant of {@link #multipleNegativesRanking}: its mean with the loss of each positive
   * choosing its own anchor among all anchors.
   *
   * @param candidates as there; the second term leaves hard negatives out
   */
  public static Tensor symmetricRanking(
      Tensor anchors,
      List<Tensor> candidates,
      VectorSimilarity similarity,
      float scale,
      double denominator) {
    Tensor logits = Ops.scale(similarities(anchors, candidates, similarity), scale);
    Tensor back = Ops.transpose(logits.scope(), Ops.columns(logits, 0, anchors.dim(0))); // (B, B)
    Tensor targets = ownPositives(logits);
    return Ops.scale(
        Ops.add(
            Losses.crossEntropy(logits, targets, 0, denominator),
            Losses.crossEntropy(back, targets, 0, denominator)),
        0.5f);
  }

  /** The similarities (B, N) of the anchors to the rows of all candidates, in order. */
  private static Tensor similarities(
      Tensor anchors, List<Tensor> candidates, VectorSimilarity similarity) {
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException(
          "ranking: needs a positive for each anchor, got no candidates");
    }
    VectorSimilarity.requireSameShape("ranking", anchors, candidates.getFirst());
    return Ops.concat(candidates.stream().map(c -> similarity.ofAll(anchors, c)).toList());
  }

  private static Tensor ownPositives(Tensor logits) {
    int[] rows = IntStream.range(0, Math.toIntExact(logits.dim(0))).toArray();
    return logits.scope().ints(rows, rows.length);
  }

  /**
   * CoSENT: log(1 + sum of exp(s_i - s_j)) over the pairs i, j of which i has the smaller label,
   * with s = scale x cosine: an order of the pairs like that of their labels has a small loss. Su
   * Jianlin 2022, https://kexue.fm/archives/8847.
   *
   * @param x (B, D) of the first texts
   * @param y (B, D) of the second texts
   * @param labels B similarities, of which only the order counts
   */
  public static Tensor coSent(Tensor x, Tensor y, float[] labels, float scale) {
    Tensor scores = Ops.scale(VectorSimilarity.COSINE.ofPairs(x, y), scale); // (B, 1)
    int B = requireLabels(labels, x.dim(0));
    float[] mask = new float[B * B];
    for (int i = 0; i < B; i++) {
      for (int j = 0; j < B; j++) {
        mask[i * B + j] = labels[i] < labels[j] ? 0 : NEGLIGIBLE;
      }
    }
    Tensor ones = filled(scores, 1, B, 1);
    Tensor left = Ops.concat(List.of(scores, ones));
    Tensor right = Ops.concat(List.of(ones, Ops.scale(scores, -1)));
    Tensor differences = Ops.linear(left, right, null, false); // (B, B), s_i - s_j
    Tensor counted =
        Ops.add(differences, scores.scope().floats(mask, B, B)).reshape(1, (long) B * B);
    Tensor logits = Ops.concat(List.of(filled(scores, 0, 1, 1), counted));
    return Losses.crossEntropy(logits, scores.scope().ints(new int[1], 1), 0);
  }

  /**
   * Squared error of cosine similarities.
   *
   * @param x (B, D) of the first texts
   * @param y (B, D) of the second texts
   * @param labels B similarities
   */
  public static Tensor cosineSimilarity(Tensor x, Tensor y, float[] labels, double denominator) {
    requireLabels(labels, x.dim(0));
    Tensor scores = VectorSimilarity.COSINE.ofPairs(x, y);
    return Losses.meanSquaredError(
        scores, scores.scope().floats(labels, labels.length, 1), denominator);
  }

  /**
   * Triplet loss: max(0, distance to the positive - distance to the negative + margin).
   * arXiv:1503.03832, section 3.1.
   *
   * @param anchors (B, D)
   * @param positives (B, D)
   * @param negatives (B, D)
   * @param margin of the distances; sentence-transformers' default is 5, for Euclidean ones
   */
  public static Tensor triplet(
      Tensor anchors,
      Tensor positives,
      Tensor negatives,
      VectorDistance distance,
      float margin,
      double denominator) {
    Tensor near = distance.between(anchors, positives);
    Tensor far = distance.between(anchors, negatives);
    Tensor excess = Ops.add(Ops.add(near, Ops.scale(far, -1)), filled(near, margin, 1));
    return Losses.mean(Ops.activate(excess, Activation.RELU), denominator);
  }

  /**
   * Contrastive loss: half the squared distance of similar texts, half the squared shortfall below
   * the margin of others. Hadsell et al. 2006, section 2.1.
   *
   * @param x (B, D) of the first texts
   * @param y (B, D) of the second texts
   * @param labels B, 1 for similar texts and 0 for others
   * @param margin distance beyond which texts that differ have no loss; the default is 0.5
   */
  public static Tensor contrastive(
      Tensor x,
      Tensor y,
      float[] labels,
      VectorDistance distance,
      float margin,
      double denominator) {
    int B = requireLabels(labels, x.dim(0));
    double divisor = denominator == 0 ? B : denominator;
    float[] positive = new float[B];
    float[] negative = new float[B];
    for (int i = 0; i < B; i++) {
      positive[i] = (float) (0.5 * labels[i] / divisor);
      negative[i] = (float) (0.5 * (1 - labels[i]) / divisor);
    }
    return contrastive(distance.between(x, y), positive, negative, margin);
  }

  /**
   * Contrastive loss of the hard pairs of a batch, summed: similar texts further apart than the
   * closest that differ, and texts that differ closer than the furthest similar ones.
   *
   * @param labels B, each 1 for similar texts or 0 for others
   */
  public static Tensor onlineContrastive(
      Tensor x, Tensor y, int[] labels, VectorDistance distance, float margin) {
    Tensor distances = distance.between(x, y);
    if (labels.length != distances.numElements()) {
      throw new IllegalArgumentException(
          "labels: must be one for each of %d pairs, got %d"
              .formatted(distances.numElements(), labels.length));
    }
    float[] values = distances.toFloats();
    double nearest = bound(values, labels, 0, false);
    double furthest = bound(values, labels, 1, true);
    float[] positive = new float[labels.length];
    float[] negative = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      positive[i] = labels[i] == 1 && values[i] > nearest ? 1 : 0;
      negative[i] = labels[i] == 0 && values[i] < furthest ? 1 : 0;
    }
    return contrastive(distances, positive, negative, margin);
  }

  /**
   * The bound of hard pairs: the extreme distance of the pairs of this label, or with fewer than
   * two of them the mean of the other pairs.
   */
  private static double bound(float[] distances, int[] labels, int label, boolean largest) {
    double[] own = select(distances, labels, label);
    if (own.length < 2) {
      double[] others = select(distances, labels, 1 - label);
      return Arrays.stream(others).average().orElse(0);
    }
    return largest
        ? Arrays.stream(own).max().orElseThrow()
        : Arrays.stream(own).min().orElseThrow();
  }

  private static double[] select(float[] distances, int[] labels, int label) {
    return IntStream.range(0, labels.length)
        .filter(i -> labels[i] == label)
        .mapToDouble(i -> distances[i])
        .toArray();
  }

  /** Sum of positive d^2 + negative max(0, margin - d)^2 over the pairs. */
  private static Tensor contrastive(
      Tensor distances, float[] positive, float[] negative, float margin) {
    long[] shape = distances.shape().toArray();
    Tensor shortfall = Ops.add(Ops.scale(distances, -1), filled(distances, margin, 1));
    return Ops.add(
        Losses.dot(Ops.multiply(distances, distances), distances.scope().floats(positive, shape)),
        Losses.dot(
            Ops.activate(shortfall, Activation.RELU_SQUARED),
            distances.scope().floats(negative, shape)));
  }

  /**
   * Margin MSE, for distillation from a reranker: squared error of similarity to the positive minus
   * similarity to a negative, averaged over the N negatives. arXiv:2010.02666, section 3.1.
   *
   * @param queries (B, D)
   * @param positives (B, D)
   * @param negatives N tensors (B, D)
   * @param margins B x N differences of the teacher's scores, those of one query side by side
   */
  public static Tensor marginMse(
      Tensor queries,
      Tensor positives,
      List<Tensor> negatives,
      float[] margins,
      VectorSimilarity similarity,
      double denominator) {
    Tensor positive = similarity.ofPairs(queries, positives); // (B, 1)
    List<Tensor> columns = new ArrayList<>();
    for (Tensor negative : negatives) {
      columns.add(Ops.add(positive, Ops.scale(similarity.ofPairs(queries, negative), -1)));
    }
    Tensor predicted = Ops.concat(columns); // (B, N)
    Tensor wanted = predicted.scope().floats(margins, predicted.shape().toArray());
    return Losses.meanSquaredError(predicted, wanted, denominator * negatives.size());
  }

  /**
   * Matryoshka loss: the weighted sum of a loss of the vectors cut to each of these sizes and
   * normalised. arXiv:2205.13147, section 3.
   *
   * @param vectors (B, D) each
   * @param sizes numbers of leading components, from 1 to D
   * @param weights one for each size
   * @param loss of the vectors (B, size)
   */
  public static Tensor matryoshka(
      List<Tensor> vectors, int[] sizes, float[] weights, Function<List<Tensor>, Tensor> loss) {
    if (sizes.length == 0 || sizes.length != weights.length) {
      throw new IllegalArgumentException(
          "matryoshka: needs sizes and a weight for each, got %d sizes and %d weights"
              .formatted(sizes.length, weights.length));
    }
    Tensor sum = null;
    for (int i = 0; i < sizes.length; i++) {
      int size = sizes[i];
      List<Tensor> cut =
          vectors.stream().map(x -> VectorSimilarity.normalize(Ops.columns(x, 0, size))).toList();
      Tensor term = Ops.scale(loss.apply(cut), weights[i]);
      sum = sum == null ? term : Ops.add(sum, term);
    }
    return Objects.requireNonNull(sum);
  }

  private static int requireLabels(float[] labels, long rows) {
    if (labels.length != rows) {
      throw new IllegalArgumentException(
          "labels: must be one for each of %d pairs, got %d".formatted(rows, labels.length));
    }
    return labels.length;
  }

  private static Tensor filled(Tensor like, float value, long... dims) {
    Tensor constant = like.scope().empty(DType.F32, dims);
    for (long i = 0; i < constant.numElements(); i++) {
      constant.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    return constant;
  }
}
