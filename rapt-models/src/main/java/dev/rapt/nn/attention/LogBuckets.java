package dev.rapt.nn.attention;

/**
 * Signed buckets of relative positions: one bucket per small distance, logarithmically wider ones
 * beyond. DeBERTa V3, arXiv:2111.09543; transformers, modeling_deberta_v2.py,
 * make_log_bucket_position.
 *
 * @param span buckets on each side; half of them hold a single distance
 * @param maxDistance distances from this one on share a bucket
 */
public record LogBuckets(int span, int maxDistance) {
  /** Returns the bucket of a distance, with the distance's sign. */
  public int bucket(int distance) {
    int mid = span / 2;
    int away = Math.abs(distance);
    if (away <= mid) {
      return distance;
    }
    // f32 as in the reference: its rounding decides at the borders of buckets
    float log = (float) Math.log((float) away / mid);
    float all = (float) Math.log((float) ((maxDistance - 1.0) / mid));
    int bucket = (int) Math.ceil(log / all * (mid - 1)) + mid;
    return distance < 0 ? -bucket : bucket;
  }
}
