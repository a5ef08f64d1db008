package dev.rapt.gguf;

import dev.rapt.checkpoint.CheckpointException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads a GGUF header from its beginning to its end; whatever it reads lies within the file. */
final class GgufCursor {
  private final Path file;
  private final MemorySegment bytes;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
  private long position;

  GgufCursor(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  void order(ByteOrder fileOrder) {
    order = fileOrder;
  }

  long position() {
    return position;
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1, "a byte")) & 0xff;
  }

  int u16() {
    return bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), take(2, "a number"))
        & 0xffff;
  }

  int i32() {
    return bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), take(4, "a number"));
  }

  long i64() {
    return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), take(8, "a number"));
  }

  /**
   * Reads the number of things that follow.
   *
   * @param what they are, in an error
   * @param leastBytes bytes that each takes at least, by which the number is bounded
   */
  long count(String what, long leastBytes) {
    long count = i64();
    long rest = bytes.byteSize() - position;
    if (count < 0 || count > rest / leastBytes) {
      throw new CheckpointException(
          file,
          "must hold the %s %s that byte %d announces, got a file of %d bytes; it may be truncated"
              .formatted(Long.toUnsignedString(count), what, position - 8, bytes.byteSize()));
    }
    return count;
  }

  /** Reads a length and so many bytes of UTF-8. */
  String string() {
    long length = count("bytes of text", 1);
    if (length > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(file, "a text must be below 2 GiB, got " + length + " bytes");
    }
    long start = take(length, "a text");
    byte[] text = bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          file, null, "text at byte %d must be UTF-8, but it is not".formatted(start), e);
    }
  }

  private long take(long count, String what) {
    if (count > bytes.byteSize() - position) {
      throw new CheckpointException(
          file,
          "must hold %s at byte %d, got a file of %d bytes; it may be truncated"
              .formatted(what, position, bytes.byteSize()));
    }
    long start = position;
    position += count;
    return start;
  }
}
