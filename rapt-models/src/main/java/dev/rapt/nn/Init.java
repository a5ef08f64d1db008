package dev.rapt.nn;

/** How a parameter begins when a model is trained from scratch. */
public sealed interface Init {
  /** Independent normal values with mean 0 and this standard deviation. */
  record Normal(double std) implements Init {}

  /** One value everywhere. */
  record Constant(float value) implements Init {}

  /** Zeros, as biases begin. */
  Init ZEROS = new Constant(0);

  /** Ones, as the weights of norms begin. */
  Init ONES = new Constant(1);
}
