package dev.rapt.nn.attention;

/**
 * Attention temperature: a factor of scores that grows with the position p of the query, {@code 1 +
 * growth log(1 + floor((p + offset) / length))}. Scalable softmax, arXiv:2501.19399, section 3, in
 * steps.
 *
 * @param growth strength of the growth; 0 for none
 * @param length number of successive positions that share a factor, at least 1
 * @param offset number added to positions
 */
public record Temperature(double growth, int length, int offset) {
  /** No growth. */
  public static final Temperature CONSTANT = new Temperature(0, 1, 0);

  /** Returns the factor of the scores of a query at this position. */
  float factor(int position) {
    int steps = Math.floorDiv(position + offset, length);
    return (float) (1 + growth * Math.log1p(steps));
  }
}
