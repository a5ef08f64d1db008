package dev.rapt.kernel.scalar.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The bytes of one block at a time: little-endian numbers at a distance from its beginning. */
final class BlockBytes {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment memory;
  private long start;

  BlockBytes(MemorySegment memory) {
    this.memory = memory;
  }

  /** Moves to the block that begins at this byte. */
  void moveTo(long offset) {
    start = offset;
  }

  int i8(int at) {
    return memory.get(ValueLayout.JAVA_BYTE, start + at);
  }

  int u8(int at) {
    return i8(at) & 0xff;
  }

  /** Returns so many bits of a byte, the first of which is this one from the lowest. */
  int bits(int at, int first, int count) {
    return bitsOf(u8(at), first, count);
  }

  /** Returns so many bits of a number, the first of which is this one from the lowest. */
  static int bitsOf(int number, int first, int count) {
    return (number >>> first) & ((1 << count) - 1);
  }

  int u16(int at) {
    return memory.get(SHORT, start + at) & 0xffff;
  }

  /** Returns 32 bits; unsigned shifts read them as an unsigned number. */
  int u32(int at) {
    return memory.get(INT, start + at);
  }

  /** Returns a number of IEEE half precision. */
  float half(int at) {
    return Float.float16ToFloat(memory.get(SHORT, start + at));
  }
}
