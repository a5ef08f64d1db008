package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Converts stored rows between bf16 and f32, for products whose types the matrix library cannot
 * take as they are.
 */
public interface PanelConversion {
  /**
   * out[i] = x[i] for n contiguous values.
   *
   * @param out f32
   * @param outOffset first element of out
   * @param x bf16
   * @param xOffset first element of x
   */
  void widen(MemorySegment out, long outOffset, MemorySegment x, long xOffset, long n);

  /**
   * out[i] = x[i], to nearest even, for n contiguous values; NaN stays NaN.
   *
   * @param out bf16
   * @param outOffset first element of out
   * @param x f32
   * @param xOffset first element of x
   */
  void narrow(MemorySegment out, long outOffset, MemorySegment x, long xOffset, long n);
}
