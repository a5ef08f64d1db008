package dev.rapt.kernel;

/** Element-wise non-linearities. */
public enum Activation {
  /** x. */
  IDENTITY,
  /** x Phi(x) with the exact normal distribution function. arXiv:1606.08415. */
  GELU,
  /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). arXiv:1606.08415, section 2. */
  GELU_TANH,
  /** x sigmoid(1.702 x). arXiv:1606.08415, section 2. */
  QUICK_GELU,
  /** max(x, 0). */
  RELU,
  /** max(x, 0)^2. arXiv:2109.08668. */
  RELU_SQUARED,
  /** x sigmoid(x). arXiv:1702.03118. */
  SILU,
  /** 1 / (1 + exp(-x)). */
  SIGMOID,
  /** tanh(x). */
  TANH
}
