package dev.rapt.gguf;

import java.util.List;

/** Type of a value of the metadata; the ordinals are the numbers of the files. */
public enum GgufValueType {
  /** Unsigned, 8 bits. */
  UINT8(1),
  /** Signed, 8 bits. */
  INT8(1),
  /** Unsigned, 16 bits. */
  UINT16(2),
  /** Signed, 16 bits. */
  INT16(2),
  /** Unsigned, 32 bits. */
  UINT32(4),
  /** Signed, 32 bits. */
  INT32(4),
  /** 32 bits. */
  FLOAT32(4),
  /** A truth value. */
  BOOL(1),
  /** Text in UTF-8. */
  STRING(8),
  /** Values of one type. */
  ARRAY(12),
  /** Unsigned, 64 bits. */
  UINT64(8),
  /** Signed, 64 bits. */
  INT64(8),
  /** 64 bits. */
  FLOAT64(8);

  private final int leastBytes;

  GgufValueType(int leastBytes) {
    this.leastBytes = leastBytes;
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
