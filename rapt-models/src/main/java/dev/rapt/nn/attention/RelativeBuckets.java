package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.nn.Pass;
import dev.rapt.nn.PassValue;

/**
 * How T5 sorts distances into buckets: half of them for single small distances, the others for
 * ranges that grow logarithmically. arXiv:1910.10683, section 2.1.
 *
 * @param numBuckets how many there are
 * @param maxDistance from here on all distances share a bucket
 * @param bidirectional whether keys after the query have buckets of their own, half of all
 */
public record RelativeBuckets(int numBuckets, int maxDistance, boolean bidirectional)
    implements PassValue<RelativeColumns> {
  public RelativeBuckets {
    int exact = numBuckets / (bidirectional ? 4 : 2);
    if (exact < 1 || maxDistance <= exact) {
      throw new IllegalArgumentException(
          "buckets: must be at least %d, and the largest distance above %d, got %d and %d"
              .formatted(bidirectional ? 4 : 2, exact, numBuckets, maxDistance));
    }
  }

  /** Returns the bucket of each distance between the queries and keys of a pass. */
  @Override
  public RelativeColumns compute(Pass pass) {
    return RelativeColumns.of(pass.scope(), pass.seqLen(), pass.totalLen(), this::bucket);
  }

  /** The bucket of a key at this distance, its position less that of the query. */
  public int bucket(int distance) {
    int count = bidirectional ? numBuckets / 2 : numBuckets;
    int first = bidirectional && distance > 0 ? count : 0;
    int away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
    int exact = count / 2;
    if (away < exact) {
      return first + away;
    }
    // In f32 as in the reference, since the rounding decides at the borders.
    float log = (float) Math.log((float) away / exact);
    float share = log / (float) Math.log((double) maxDistance / exact);
    return first + Math.min(exact + (int) (share * (count - exact)), count - 1);
  }
}
