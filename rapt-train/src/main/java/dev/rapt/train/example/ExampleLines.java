package dev.rapt.train.example;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a UTF-8 file, compressed by gzip if its name ends in {@code .gz}. A line ends with a
 * line feed, or a carriage return and a line feed. A byte-order mark at the beginning is skipped.
 */
final class ExampleLines implements Closeable {
  private static final int BOM = 0xFEFF;

  private final Path file;
  private final InputStream in;
  private byte[] bytes = new byte[1 << 12];
  private long number;

  private ExampleLines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  static ExampleLines open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    if (!file.toString().endsWith(".gz")) {
      return new ExampleLines(file, raw);
    }
    try {
      return new ExampleLines(file, new BufferedInputStream(new GZIPInputStream(raw), 1 << 16));
    } catch (ZipException | EOFException e) {
      raw.close();
      throw damaged(file, 1, e);
    }
  }

  /** Returns an exception about a file that is not compressed as its name says. */
  static ExampleException damaged(Path file, long line, IOException e) {
    return new ExampleException(
        file,
        line,
        "must be compressed by gzip, as the name of the file says, but %s; compress it again"
            .formatted(e.getMessage()));
  }

  /**
   * Returns the next line without its end, or null behind the last one.
   *
   * @throws ExampleException if it is not UTF-8, or the compressed file is damaged
   */
  @Nullable String next() throws IOException {
    int size = 0;
    int b = read();
    if (b < 0) {
      return null;
    }
    number++;
    for (; b >= 0 && b != '\n'; b = read()) {
      bytes = size == bytes.length ? Arrays.copyOf(bytes, 2 * size) : bytes;
      bytes[size++] = (byte) b;
    }
    if (b == '\n' && size > 0 && bytes[size - 1] == '\r') {
      size--;
    }
    String line = decode(size);
    return number == 1 && !line.isEmpty() && line.charAt(0) == BOM ? line.substring(1) : line;
  }

  private int read() throws IOException {
    try {
      return in.read();
    } catch (ZipException | EOFException e) {
      throw damaged(file, number + 1, e);
    }
  }

  /** Returns the number of the line that was read last, counted from 1. */
  long number() {
    return number;
  }

  private String decode(int size) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer source = ByteBuffer.wrap(bytes, 0, size);
    CharBuffer target = CharBuffer.allocate(size);
    CoderResult result = decoder.decode(source, target, true);
    if (result.isError()) {
      throw new ExampleException(
          file,
          number,
          "must be UTF-8 text, got byte 0x%02X at byte %d of the line; convert it with iconv -f ENCODING -t UTF-8"
              .formatted(bytes[source.position()] & 0xFF, source.position() + 1));
    }
    return target.flip().toString();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
