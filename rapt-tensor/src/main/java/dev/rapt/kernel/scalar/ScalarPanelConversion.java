package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.rapt.kernel.PanelConversion;
import java.lang.foreign.MemorySegment;

/** Between bf16 and f32 one value at a time. */
public final class ScalarPanelConversion implements PanelConversion {
  /** Holds nothing. */
  public ScalarPanelConversion() {}

  @Override
  public void widen(MemorySegment out, long outOffset, MemorySegment x, long xOffset, long n) {
    for (long i = 0; i < n; i++) {
      int bits = x.get(JAVA_SHORT_UNALIGNED, 2 * (xOffset + i)) << 16;
      out.set(JAVA_FLOAT_UNALIGNED, 4 * (outOffset + i), Float.intBitsToFloat(bits));
    }
  }

  @Override
  public void narrow(MemorySegment out, long outOffset, MemorySegment x, long xOffset, long n) {
    for (long i = 0; i < n; i++) {
      float value = x.get(JAVA_FLOAT_UNALIGNED, 4 * (xOffset + i));
      out.set(JAVA_SHORT_UNALIGNED, 2 * (outOffset + i), toBf16(value));
    }
  }

  /** The nearest bf16, ties to even; NaN stays NaN. */
  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
