package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One step of an LSTM cell between its matrix products, for one sequence, over contiguous f32
 * values. Gates are in the order of torch.nn.LSTM: i (input), f (forget), g (cell), o (output).
 */
public interface LstmKernel {
  /**
   * Computes c = f before + i g and h = o tanh(c), where i, f and o are sigmoids and g is a tanh of
   * the gates.
   *
   * @param gates (4, H), values before the activations, which are replaced by those after them
   * @param before (H), the cell state before this step
   * @param c (H), receives the cell state; may be {@code before}
   * @param h (H), receives the hidden state
   */
  void step(MemorySegment gates, MemorySegment before, MemorySegment c, MemorySegment h, long size);

  /**
   * Computes the gradients of a step.
   *
   * @param gates (4, H), values after the activations, as {@link #step} left them; they are
   *     replaced by the gradients of those before the activations
   * @param before (H), the cell state before this step
   * @param dOut (H), gradient of h from the output
   * @param dH (H), gradient of h from the next step; its memory is used for other values
   * @param dC (H), gradient of c from the next step; replaced by that of {@code before}
   */
  void stepBackward(
      MemorySegment gates,
      MemorySegment before,
      MemorySegment dOut,
      MemorySegment dH,
      MemorySegment dC,
      long size);
}
