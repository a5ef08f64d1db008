package dev.rapt.kernel;

/** Element-wise activation functions. */
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
  TANH,
  /** GELU, clipped to [-10, 10]. arXiv:2004.09602. */
  GELU_10,
  /** Phi((x - sqrt(1/2)) / sqrt(1/(4 pi))). Mega, arXiv:2209.10655, section 3.5. */
  LAPLACE,
  /** x tanh(log(1 + exp(x))). arXiv:1908.08681. */
  MISH,
  /** x min(max(x + 3, 0), 6) / 6. arXiv:1905.02244. */
  HARD_SWISH,
  /** min(max(x, 0), 6). */
  RELU6,
  /** x, or 0.01 x where that is more. */
  LEAKY_RELU,
  /** sqrt(log(1 + exp(x))). */
  SQRT_SOFTPLUS,
  /** log(1 + exp(x)). */
  SOFTPLUS,
  /** exp(x). */
  EXP,
  /**
   * The negative branch of xIELU: exp(min(x, -1e-6)) - 1 - x, and 0 where x is above 0.
   * arXiv:2411.13010, section 3.
   */
  XIELU_BELOW
}
