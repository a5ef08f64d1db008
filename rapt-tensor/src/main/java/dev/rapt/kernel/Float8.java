package dev.rapt.kernel;

import dev.rapt.tensor.DType;

/**
 * 8-bit floats: E4M3 (bias 7, one NaN pattern for each sign, no infinities, largest 448) and E5M2
 * (bias 15, infinities as in IEEE 754, largest 57344). OCP 8-bit Floating Point Specification,
 * section 5.
 */
public final class Float8 {
  private static final float[] E4M3 = e4m3Values();
  private static final float[] E5M2 = e5m2Values();

  private Float8() {}

  /**
   * Returns the values of all 256 bit patterns, indexed by pattern.
   *
   * @throws IllegalArgumentException if the type is not an 8-bit float
   */
  public static float[] values(DType type) {
    return switch (type) {
      case F8_E4M3 -> E4M3;
      case F8_E5M2 -> E5M2;
      default ->
          throw new IllegalArgumentException(
              "float8: type must be f8_e4m3 or f8_e5m2, got " + type.label());
    };
  }

  /** Returns the exact value of a bit pattern. */
  public static float toFloat(DType type, byte pattern) {
    return values(type)[pattern & 0xff];
  }

  private static float[] e4m3Values() {
    float[] values = new float[256];
    for (int pattern = 0; pattern < 256; pattern++) {
      boolean isNan = (pattern & 0x7f) == 0x7f;
      values[pattern] = isNan ? Float.NaN : finite(pattern, 3, 7);
    }
    return values;
  }

  private static float[] e5m2Values() {
    float[] values = new float[256];
    for (int pattern = 0; pattern < 256; pattern++) {
      // an E5M2 float is the upper half of an f16
      values[pattern] = Float.float16ToFloat((short) (pattern << 8));
    }
    return values;
  }

  private static float finite(int pattern, int fractionBits, int bias) {
    int fraction = pattern & ((1 << fractionBits) - 1);
    int exponent = (pattern & 0x7f) >> fractionBits;
    int significand = exponent == 0 ? fraction : fraction | 1 << fractionBits;
    float magnitude = Math.scalb((float) significand, Math.max(exponent, 1) - bias - fractionBits);
    return (pattern & 0x80) == 0 ? magnitude : -magnitude;
  }
}
