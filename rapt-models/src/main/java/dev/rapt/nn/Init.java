package dev.rapt.nn;

/** Initialisation of a parameter of a model that is trained from scratch. */
public sealed interface Init {
  /** Independent normal values with mean 0 and this standard deviation. */
  record Normal(double std) implements Init {}

  /**
   * Independent uniform values with mean 0 and variance 2 / (rows + columns) of a matrix: Glorot
   * and Bengio 2010, equation 16; called Xavier, too.
   */
  record GlorotUniform() implements Init {}

  /** One value everywhere. */
  record Constant(float value) implements Init {}

  /** Zeros: biases. */
  Init ZEROS = new Constant(0);

  /** Ones: weights of norms. */
  Init ONES = new Constant(1);
}
