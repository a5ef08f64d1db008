package dev.rapt.kernel;

/** How a page of a KV cache holds the elements of a head. */
public enum PageFormat {
  /** 32-bit floating point: as attention computes. */
  F32,
  /** bfloat16, rounded to nearest even. */
  BF16,
  /** 8-bit integers with one f32 scale for each head and position, the largest magnitude / 127. */
  INT8;

  /** Bytes of one head of one position. */
  public long headBytes(int headDim) {
    return switch (this) {
      case F32 -> 4L * headDim;
      case BF16 -> 2L * headDim;
      case INT8 -> Float.BYTES + (long) headDim;
    };
  }
}
