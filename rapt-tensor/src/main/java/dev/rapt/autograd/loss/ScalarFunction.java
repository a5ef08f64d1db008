package dev.rapt.autograd.loss;

/** A function of a few numbers, in f64, which computes its value and its gradient together. */
@FunctionalInterface
public interface ScalarFunction {
  /**
   * Returns the value at x.
   *
   * @param x the operands; not changed
   * @param gradient as long as x and zero; receives the derivatives
   */
  double apply(double[] x, double[] gradient);
}
