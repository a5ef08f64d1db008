package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.nn.Pass;
import dev.rapt.nn.PassValue;

/**
 * T5's buckets of relative positions: half of them hold a single small distance, the others ranges
 * that grow logarithmically. arXiv:1910.10683, section 2.1.
 *
 * @param numBuckets number of buckets
 * @param maxDistance distances from this one on share a bucket
 * @param bidirectional whether half of the buckets are for keys after the query, as in encoders
 */
public record RelativeBuckets(int numBuckets, int maxDistance, boolean bidirectional)
    implements PassValue<RelativeColumns> {
  /**
   * Checks the number of buckets.
   *
   * @throws IllegalArgumentException if there are too few for their purpose
   */
  public RelativeBuckets {
    int exact = numBuckets / (bidirectional ? 4 : 2);
    if (exact < 1 || maxDistance <= exact) {
      throw new IllegalArgumentException(
          "relative buckets: must be at least %d with a maximum distance above %d, got %d and %d"
              .formatted(bidirectional ? 4 : 2, exact, numBuckets, maxDistance));
    }
  }

  /** Returns the bucket of each distance between the queries and keys of a pass. */
  @Override
  public RelativeColumns compute(Pass pass) {
    return RelativeColumns.of(pass.scope(), pass.seqLen(), pass.totalLen(), this::bucket);
  }

  /** Returns the bucket of a relative position, the key's position minus the query's. */
  public int bucket(int distance) {
    int count = bidirectional ? numBuckets / 2 : numBuckets;
    int first = bidirectional && distance > 0 ? count : 0;
    int away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
    int exact = count / 2;
    if (away < exact) {
      return first + away;
    }
    // f32 as in the reference: its rounding decides at the borders of buckets
    float log = (float) Math.log((float) away / exact);
    float share = log / (float) Math.log((double) maxDistance / exact);
    return first + Math.min(exact + (int) (share * (count - exact)), count - 1);
  }
}
