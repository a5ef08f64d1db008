package dev.rapt.tokenizer.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads UTF-8 files of any size. */
public final class Utf8File {
  private static final int PART_BYTES = 1 << 16;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private Utf8File() {}

  /**
   * Decodes a file in parts that never end inside a character; leaves out a byte-order mark at its
   * beginning.
   *
   * @throws IOException if the file cannot be read or is not UTF-8 text; the message names the
   *     first wrong byte and its offset
   */
  public static void read(Path file, Consumer<CharSequence> sink) throws IOException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    ByteBuffer bytes = ByteBuffer.allocate(PART_BYTES);
    CharBuffer chars = CharBuffer.allocate(PART_BYTES);
    long offset = 0; // of the first byte in the buffer
    boolean atStart = true;
    try (InputStream in = Files.newInputStream(file)) {
      for (boolean atEnd = false; !atEnd; ) {
        int room = bytes.remaining();
        int read = in.readNBytes(bytes.array(), bytes.position(), room);
        atEnd = read < room;
        bytes.position(bytes.position() + read).flip();
        CoderResult result = decoder.decode(bytes, chars, atEnd);
        if (result.isError()) {
          throw notUtf8(file, bytes.get(bytes.position()), offset + bytes.position());
        }
        chars.flip();
        if (atStart && chars.hasRemaining() && chars.get(0) == BYTE_ORDER_MARK) {
          chars.get();
        }
        atStart = false;
        sink.accept(chars);
        chars.clear();
        offset += bytes.position();
        bytes.compact();
      }
    }
  }

  private static IOException notUtf8(Path file, byte wrong, long offset) {
    return new IOException(
        "%s: must be UTF-8 text, got byte 0x%02X at offset %d; convert it or leave it out"
            .formatted(file, wrong, offset));
  }
}
