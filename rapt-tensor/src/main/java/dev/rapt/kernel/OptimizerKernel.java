package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Optimiser updates over n contiguous f32 values, one pass over memory each. */
public interface OptimizerKernel {
  /**
   * AdamW (arXiv:1711.05101), with g = gradScale grad:
   *
   * <pre>
   * w -= lr weightDecay w
   * m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
   * w -= lr (m / correction1) / (sqrt(v / correction2) + eps)
   * </pre>
   *
   * @param weightCopy bf16 copy of the new weights (n), or null
   */
  void adamW(
      MemorySegment w,
      MemorySegment m,
      MemorySegment v,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      AdamW args);

  /**
   * Arguments of {@link #adamW}.
   *
   * @param gradScale factor of the gradient: clipping, averaging
   * @param correction1 1 - beta1^step
   * @param correction2 1 - beta2^step
   */
  record AdamW(
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      float correction1,
      float correction2,
      float gradScale) {}

  /**
   * Lion (arXiv:2302.06675), with g = gradScale grad: w -= lr weightDecay w; w -= lr sign(beta1 m +
   * (1 - beta1) g); m = beta2 m + (1 - beta2) g.
   */
  void lion(
      MemorySegment w,
      MemorySegment m,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      float lr,
      float beta1,
      float beta2,
      float weightDecay,
      float gradScale);

  /**
   * SGD with momentum as PyTorch defines it, with g = gradScale grad + weightDecay w: buffer =
   * first ? g : momentum buffer + (1 - dampening) g; w -= lr (nesterov ? g + momentum buffer :
   * buffer). Without a buffer, w -= lr g.
   */
  void sgd(
      MemorySegment w,
      @Nullable MemorySegment buffer,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      Sgd args);

  /** Arguments of {@link #sgd}. */
  record Sgd(
      float lr,
      float momentum,
      float dampening,
      boolean nesterov,
      boolean first,
      float weightDecay,
      float gradScale) {}
}
