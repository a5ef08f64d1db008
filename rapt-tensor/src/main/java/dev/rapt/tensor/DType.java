package dev.rapt.tensor;

import java.util.Locale;

/** Element type of a tensor. Every type is stored little-endian. */
public enum DType {
  /** IEEE 754 binary64. */
  F64(8),
  /** IEEE 754 binary32: the type in which kernels compute. */
  F32(4),
  /** The upper half of a binary32: 8 exponent bits, 7 fraction bits. */
  BF16(2),
  /** IEEE 754 binary16: 5 exponent bits, 10 fraction bits. */
  F16(2),
  /** Float with 4 exponent and 3 fraction bits, no infinities (OCP 8-bit floating point). */
  F8_E4M3(1),
  /** Float with 5 exponent and 2 fraction bits (OCP 8-bit floating point). */
  F8_E5M2(1),
  /** Signed 64-bit integer. */
  I64(8),
  /** Signed 32-bit integer: the type of token ids. */
  I32(4),
  /** Signed 16-bit integer. */
  I16(2),
  /** Signed 8-bit integer. */
  I8(1),
  /** Unsigned 64-bit integer. */
  U64(8),
  /** Unsigned 32-bit integer. */
  U32(4),
  /** Unsigned 16-bit integer. */
  U16(2),
  /** Unsigned 8-bit integer. */
  U8(1),
  /** One byte, 0 or 1. */
  BOOL(1);

  private final int byteSize;

  DType(int byteSize) {
    this.byteSize = byteSize;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return byteSize;
  }

  /** Whether elements are floating-point numbers. */
  public boolean isFloat() {
    return this == F64
        || this == F32
        || this == BF16
        || this == F16
        || this == F8_E4M3
        || this == F8_E5M2;
  }

  /** The name in lower case, as in messages and options: {@code f32}, {@code bf16}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
