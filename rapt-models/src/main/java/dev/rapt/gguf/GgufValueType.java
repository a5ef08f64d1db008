package dev.rapt.gguf;

import java.util.List;

/** Type of a value of the metadata. */
public enum GgufValueType {
  /** Unsigned, 8 bits. */
  UINT8(0, 1),
  /** Signed, 8 bits. */
  INT8(1, 1),
  /** Unsigned, 16 bits. */
  UINT16(2, 2),
  /** Signed, 16 bits. */
  INT16(3, 2),
  /** Unsigned, 32 bits. */
  UINT32(4, 4),
  /** Signed, 32 bits. */
  INT32(5, 4),
  /** 32 bits. */
  FLOAT32(6, 4),
  /** A truth value. */
  BOOL(7, 1),
  /** Text in UTF-8. */
  STRING(8, 8),
  /** Values of one type. */
  ARRAY(9, 12),
  /** Unsigned, 64 bits. */
  UINT64(10, 8),
  /** Signed, 64 bits. */
  INT64(11, 8),
  /** 64 bits. */
  FLOAT64(12, 8);

  private final int number;
  private final int leastBytes;

  GgufValueType(int number, int leastBytes) {
    this.number = number;
    this.leastBytes = leastBytes;
  }

  /** Returns the number of the type in files. */
  int number() {
    return number;
  }

  /** Returns the number of bytes that a value of the type takes at least. */
  int leastBytes() {
    return leastBytes;
  }

  /** Returns the type that a value has unless another is asked for. */
  static GgufValueType of(Object value) {
    return switch (value) {
      case Integer _ -> UINT32;
      case Long _ -> UINT64;
      case Float _ -> FLOAT32;
      case Double _ -> FLOAT64;
      case Boolean _ -> BOOL;
      case String _ -> STRING;
      case List<?> _ -> ARRAY;
      default ->
          throw new IllegalArgumentException(
              "metadata: must be a number, a truth value, text or a list, got " + value);
    };
  }
}
