package dev.rapt.nn.attention;

import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Which keys a query sees, out of those that the pass lets it see.
 *
 * @param size keys that a query looks back over, itself included; 0 for all
 * @param chunked whether the window does not slide: queries look back to the last multiple of its
 *     size (Llama 4's chunked attention)
 */
public record KeyWindow(int size, boolean chunked) {
  /** All keys. */
  public static final KeyWindow ALL = new KeyWindow(0, false);

  /** Returns the first key that each query sees, (B, T) i32, relative to this position. */
  Tensor from(Pass pass, int position) {
    return chunked ? pass.chunkFrom(size, position) : pass.keyFrom(size, position);
  }
}
