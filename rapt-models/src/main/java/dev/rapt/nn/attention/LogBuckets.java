package dev.rapt.nn.attention;

/**
 * Signed buckets of distances: small distances by themselves, larger ones in logarithmic steps.
 * DeBERTa V3, arXiv:2111.09543; transformers, modeling_deberta_v2.py, make_log_bucket_position.
 *
 * @param span buckets to either side; half of them are single distances
 * @param maxDistance from here on all distances share a bucket
 */
public record LogBuckets(int span, int maxDistance) {
  /** The bucket of a distance, with its sign. */
  public int bucket(int distance) {
    int mid = span / 2;
    int away = Math.abs(distance);
    if (away <= mid) {
      return distance;
    }
    // In f32 as in the reference, since the rounding decides at the borders.
    float log = (float) Math.log((float) away / mid);
    float all = (float) Math.log((float) ((maxDistance - 1.0) / mid));
    int bucket = (int) Math.ceil(log / all * (mid - 1)) + mid;
    return distance < 0 ? -bucket : bucket;
  }
}
