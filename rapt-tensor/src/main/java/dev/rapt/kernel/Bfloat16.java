package dev.rapt.kernel;

/** Conversion of single values between f32 and bf16; a bf16 is the upper half of an f32. */
public final class Bfloat16 {
  private Bfloat16() {}

  /** Rounds to the nearest bf16, ties to even; NaN stays NaN, overflow becomes infinity. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int rounded =
        Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    return (short) rounded;
  }

  /**
   * Rounds up or down by 16 random bits: up with the probability that is the distance from the
   * lower bf16, in units in the last place. NaN stays NaN.
   */
  public static short fromFloat(float value, int random) {
    int bits = Float.floatToRawIntBits(value);
    int rounded = Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + (random & 0xffff)) >>> 16;
    return (short) rounded;
  }

  /** Returns the exact value of a bf16. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
