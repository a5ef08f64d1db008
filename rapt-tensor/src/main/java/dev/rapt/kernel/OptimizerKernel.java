package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Optimiser updates over n contiguous f32 values, one pass over memory each. No two of the segments
 * may overlap. A gradient that is not finite makes the weight and its state NaN or infinite.
 */
public interface OptimizerKernel {
  /**
   * Weights to update and their gradients.
   *
   * @param w weights (n), updated
   * @param grad gradients (n)
   * @param copy bf16 copy of the new weights (n), written, or null
   * @param n number of weights
   */
  record Weights(MemorySegment w, MemorySegment grad, @Nullable MemorySegment copy, long n) {}

  /**
   * Stochastic rounding to bf16: up or down with a probability by which the mean is the value, so
   * that changes below half a unit in the last place add up over steps instead of being lost.
   * arXiv:1502.02551, section 3.
   *
   * @param out n bf16, written
   * @param x n f32
   * @param seed and the index, counted from {@code firstIndex}, determine the direction; see {@link
   *     CounterRandom}
   */
  void roundStochastically(MemorySegment out, MemorySegment x, long seed, long firstIndex, long n);

  /**
   * AdamW (arXiv:1711.05101), with g = gradScale grad:
   *
   * <pre>
   * w -= lr weightDecay w
   * m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
   * w -= lr (m / correction1) / (sqrt(v / correction2) + eps)
   * </pre>
   *
   * @param m first moments (n), updated
   * @param v second moments (n), updated
   */
  void adamW(Weights weights, MemorySegment m, MemorySegment v, AdamW args);

  /**
   * Arguments of {@link #adamW}.
   *
   * @param gradScale factor of the gradient: clipping, averaging
   * @param correction1 1 - beta1^step
   * @param correction2 1 - beta2^step
   */
  record AdamW(
      double lr,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double correction1,
      double correction2,
      double gradScale) {}

  /**
   * Lion (arXiv:2302.06675), with g = gradScale grad: w -= lr weightDecay w; w -= lr sign(beta1 m +
   * (1 - beta1) g); m = beta2 m + (1 - beta2) g.
   *
   * @param m momentum (n), updated
   */
  void lion(Weights weights, MemorySegment m, Lion args);

  /**
   * Arguments of {@link #lion}.
   *
   * @param gradScale factor of the gradient: clipping, averaging
   */
  record Lion(double lr, double beta1, double beta2, double weightDecay, double gradScale) {}

  /**
   * SGD with momentum as PyTorch defines it, with g = gradScale grad + weightDecay w: buffer =
   * first ? g : momentum buffer + (1 - dampening) g; w -= lr (nesterov ? g + momentum buffer :
   * buffer). Without a buffer, w -= lr g.
   *
   * @param buffer momentum (n), updated, or null
   */
  void sgd(Weights weights, @Nullable MemorySegment buffer, Sgd args);

  /**
   * Arguments of {@link #sgd}.
   *
   * @param first whether this is the first step: the buffer is written without being read
   * @param gradScale factor of the gradient: clipping, averaging
   */
  record Sgd(
      double lr,
      double momentum,
      double dampening,
      boolean nesterov,
      boolean first,
      double weightDecay,
      double gradScale) {}
}
