package dev.rapt.nn.attention;

/**
 * A factor of scores that grows with the position p of the query: {@code 1 + growth log(1 +
 * floor((p + offset) / length))}. Scalable softmax, arXiv:2501.19399, section 3, in steps.
 *
 * @param growth 0 for none
 * @param length positions with one factor, at least 1
 * @param offset added to positions
 */
public record Temperature(double growth, int length, int offset) {
  /** No growth. */
  public static final Temperature CONSTANT = new Temperature(0, 1, 0);

  float factor(int position) {
    int steps = Math.floorDiv(position + offset, length);
    return (float) (1 + growth * Math.log1p(steps));
  }
}
