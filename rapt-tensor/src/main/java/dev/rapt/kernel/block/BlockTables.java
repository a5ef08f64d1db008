package dev.rapt.kernel.block;

/** The values that 4-bit codes of block formats stand for. */
public final class BlockTables {
  private static final int[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private static final int[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private BlockTables() {}

  /** Returns twice the value of a 4-bit float (E2M1), which is an integer. */
  public static int doubledFloat4(int code) {
    return E2M1[code];
  }

  /** Returns a value of the table of IQ4_NL and IQ4_XS. */
  public static int iq4(int code) {
    return IQ4[code];
  }

  /** Returns 2^(exponent - 128), half the scale that an exponent of MXFP4 stands for. */
  public static float halfPower(int exponent) {
    int bits = exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23;
    return Float.intBitsToFloat(bits);
  }
}
