package dev.rapt.kernel;

/** How a gated MLP combines the outputs of its gate and up projections. */
public sealed interface Gating {
  /** f(gate) up. GLU variants, arXiv:2002.05202. */
  record Product(Activation f) implements Gating {}

  /**
   * g sigmoid(alpha g) (u + 1) with g = min(gate, limit) and u = up clamped to [-limit, limit], as
   * in gpt-oss. At a limit the derivative is that of the unclamped function.
   *
   * @param limit positive
   * @param alpha steepness of the sigmoid
   */
  record Clamped(float limit, float alpha) implements Gating {
    public Clamped {
      if (!(limit > 0)) {
        throw new IllegalArgumentException("gating: limit must be positive, got " + limit);
      }
    }
  }
}
