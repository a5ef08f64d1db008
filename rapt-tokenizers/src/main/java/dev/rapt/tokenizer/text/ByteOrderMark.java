package dev.rapt.tokenizer.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The byte-order mark with which some editors begin UTF-8 files: it is no part of the text. */
public final class ByteOrderMark {
  private static final byte[] BYTES = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private ByteOrderMark() {}

  /** The stream without a mark at its beginning. */
  public static InputStream skip(InputStream in) throws IOException {
    PushbackInputStream rest = new PushbackInputStream(in, BYTES.length);
    byte[] first = rest.readNBytes(BYTES.length);
    if (!Arrays.equals(first, BYTES)) {
      rest.unread(first);
    }
    return rest;
  }

  /** The lines of a UTF-8 file without a mark at its beginning. */
  public static List<String> skipInLines(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (!lines.isEmpty()) {
      lines.set(0, skip(lines.getFirst()));
    }
    return lines;
  }

  /** The text without a mark at its beginning. */
  public static String skip(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }
}
