package dev.rapt.tokenizer.files;

import java.util.Arrays;

/**
 * Reads the fields of a protocol buffers message in order. Damaged messages throw an {@link
 * IndexOutOfBoundsException}.
 */
final class WireReader {
  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int wireType;

  WireReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Moves to the next field; returns false at the end. */
  boolean next() {
    if (at >= end) {
      return false;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) tag & 7;
    return true;
  }

  /** Returns the number of the field. */
  int field() {
    return field;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = bytes[checked(1)];
      at++;
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IndexOutOfBoundsException("a number of more than 64 bits");
  }

  float float32() {
    int start = checked(4);
    at += 4;
    int bits = 0;
    for (int i = 3; i >= 0; i--) {
      bits = (bits << 8) | (bytes[start + i] & 0xFF);
    }
    return Float.intBitsToFloat(bits);
  }

  byte[] bytes() {
    int length = length();
    int start = checked(length);
    at += length;
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  WireReader message() {
    int length = length();
    int start = checked(length);
    at += length;
    return new WireReader(bytes, start, start + length);
  }

  private int length() {
    long length = varint();
    if (wireType != 2 || length < 0 || length > end - at) {
      throw new IndexOutOfBoundsException("a field beyond the end");
    }
    return (int) length;
  }

  void skip() {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> at = checked(8) + 8;
      case 2 -> bytes();
      case 5 -> at = checked(4) + 4;
      default -> throw new IndexOutOfBoundsException("a field of type " + wireType);
    }
  }

  /** Returns the start of the next {@code count} bytes, which must exist. */
  private int checked(int count) {
    if (count > end - at) {
      throw new IndexOutOfBoundsException("a field beyond the end");
    }
    return at;
  }
}
