package dev.rapt.quant.ggml;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Writes one block at a time: little-endian numbers at a distance from its beginning. */
final class BlockWriter {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment memory;
  private long start;

  BlockWriter(MemorySegment memory) {
    this.memory = memory;
  }

  /** Moves to the block that begins at this byte. */
  void moveTo(long offset) {
    start = offset;
  }

  void u8(int at, int value) {
    memory.set(ValueLayout.JAVA_BYTE, start + at, (byte) value);
  }

  void u32(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      u8(at + i, value >>> (8 * i));
    }
  }

  /** Writes a number in IEEE half precision and returns what was written. */
  float half(int at, float value) {
    short bits = Float.floatToFloat16(value);
    memory.set(SHORT, start + at, bits);
    return Float.float16ToFloat(bits);
  }

  void u16(int at, int value) {
    memory.set(SHORT, start + at, (short) value);
  }
}
