package dev.rapt.onnx;

import dev.rapt.checkpoint.CheckpointException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Reads the fields of one message in protobuf's wire format; whatever it reads lies within the
 * message. The format is described at protobuf.dev/programming-guides/encoding.
 */
final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  private static final int MAX_VARINT_BYTES = 10;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final MemorySegment bytes; // of the whole file, so that errors can name the offset
  private final long end;
  private long position;
  private int field;
  private int wireType;

  /** Reads a whole file as one message. */
  ProtoReader(Path path, MemorySegment bytes) {
    this(path, bytes, 0, bytes.byteSize());
  }

  private ProtoReader(Path path, MemorySegment bytes, long position, long end) {
    this.path = path;
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Returns the file, for errors. */
  Path path() {
    return path;
  }

  /** Moves to the next field; its value must then be read or skipped. False at the end. */
  boolean next() {
    if (position == end) {
      return false;
    }
    long at = position;
    long tag = readVarint();
    long number = tag >>> 3;
    wireType = (int) (tag & 7);
    if (number < 1 || number > Integer.MAX_VALUE || wireType > FIXED32 || isGroup()) {
      throw damaged(at, "the beginning of a field");
    }
    field = (int) number;
    return true;
  }

  private boolean isGroup() {
    return wireType == 3 || wireType == 4;
  }

  /** Returns the number of the field. */
  int field() {
    return field;
  }

  /** Reads an integer. */
  long integer() {
    require(VARINT, "an integer");
    return readVarint();
  }

  /** Reads an integer, or a packed list of integers. */
  void integers(LongConsumer out) {
    if (wireType == VARINT) {
      out.accept(readVarint());
      return;
    }
    ProtoReader list = message();
    while (list.position < list.end) {
      out.accept(list.readVarint());
    }
  }

  /** Reads a number of 32 bits. */
  float float32() {
    require(FIXED32, "a number of 4 bytes");
    return Float.intBitsToFloat(bytes.get(INT, take(Float.BYTES)));
  }

  /** Returns the reader of a nested message. */
  ProtoReader message() {
    require(LENGTH, "a length");
    long at = position;
    long length = readVarint();
    if (length < 0 || length > end - position) {
      throw damaged(at, Long.toUnsignedString(length) + " bytes");
    }
    long start = take(length);
    return new ProtoReader(path, bytes, start, position);
  }

  /** Reads bytes, as a view of the file. */
  MemorySegment bytes() {
    return message().rest();
  }

  /** Reads text. */
  String text() {
    ProtoReader content = message();
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(content.rest().toArray(ValueLayout.JAVA_BYTE)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          path,
          null,
          "text at byte %d must be UTF-8, but it is not".formatted(content.position),
          e);
    }
  }

  /**
   * Reads the encoded value of any field, a list of numbers or a single one, without its length.
   */
  MemorySegment encoded() {
    if (wireType == LENGTH) {
      return bytes();
    }
    long start = position;
    skip();
    return bytes.asSlice(start, position - start);
  }

  /** Skips the value of the field. */
  void skip() {
    switch (wireType) {
      case VARINT -> readVarint();
      case FIXED64 -> take(Long.BYTES);
      case FIXED32 -> take(Integer.BYTES);
      default -> message();
    }
  }

  private MemorySegment rest() {
    return bytes.asSlice(position, end - position);
  }

  private void require(int wanted, String what) {
    if (wireType != wanted) {
      throw damaged(position, what);
    }
  }

  private long readVarint() {
    long at = position;
    long value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
      byte b = bytes.get(ValueLayout.JAVA_BYTE, take(1));
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) {
        return value;
      }
    }
    throw damaged(at, "an integer");
  }

  private long take(long count) {
    if (count > end - position) {
      throw damaged(position, count == 1 ? "a byte" : count + " bytes");
    }
    long start = position;
    position += count;
    return start;
  }

  private CheckpointException damaged(long at, String what) {
    return new CheckpointException(
        path,
        "must hold %s at byte %d, got a message that ends at byte %d of a file of %d bytes; it is no ONNX file, or damaged or truncated"
            .formatted(what, at, end, bytes.byteSize()));
  }
}
