package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads text from arguments, a file, or the standard input. */
public final class TextSource {
  /** The standard input, as errors call it. */
  static final String STANDARD_INPUT = "standard input";

  /** The next step with a file that is not UTF-8. */
  static final String CONVERSION =
      "convert it with iconv -f ENCODING -t UTF-8, where ENCODING is that of the file, such as"
          + " WINDOWS-1252 or UTF-16";

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** The longest array of the JVM. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private TextSource() {}

  /**
   * The text of the arguments, else of the file, else of the standard input.
   *
   * @throws IllegalArgumentException if there are arguments and a file
   */
  public static String read(@Nullable List<String> words, @Nullable Path file) throws IOException {
    boolean hasWords = words != null && !words.isEmpty();
    if (hasWords && file != null) {
      throw new IllegalArgumentException("text: must come from arguments or from --file, got both");
    }
    if (hasWords && words != null) {
      return String.join(" ", words);
    }
    return file == null ? read(STANDARD_INPUT, System.in) : read(file);
  }

  /** Reads a whole UTF-8 file, or a pipe. */
  public static String read(Path file) throws IOException {
    requireFile(file);
    if (Files.size(file) > MAX_BYTES) {
      throw tooLarge(file.toString(), Format.bytes(Files.size(file)));
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    }
  }

  /**
   * Checks that a path leads to something with bytes.
   *
   * @throws CommandException if it does not exist, or is a folder
   */
  static void requireFile(Path file) {
    if (!Files.exists(file)) {
      throw new CommandException(file + ": must be a text file, got nothing; check the path");
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + ": must be a text file, got a folder");
    }
  }

  private static String read(String source, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES);
    if (bytes.length == MAX_BYTES && in.read() >= 0) {
      throw tooLarge(source, "more");
    }
    return decode(source, bytes, 0);
  }

  private static CommandException tooLarge(String source, String size) {
    return new CommandException(
        source + ": must be smaller than 2 GB, got " + size + "; split it (split --line-bytes=1G)");
  }

  /**
   * Decodes UTF-8; drops a byte-order mark at the beginning of the source.
   *
   * @param offset position of the bytes in the source
   * @throws CommandException if the bytes are not UTF-8
   */
  static String decode(String source, byte[] bytes, long offset) {
    int wrong = firstMalformed(bytes);
    if (wrong >= 0) {
      throw new CommandException(
          "%s: must be UTF-8 text, got byte 0x%02X at offset %d; %s"
              .formatted(source, bytes[wrong], offset + wrong, CONVERSION));
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    return offset == 0 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  /** Position of the first byte that is not UTF-8, or -1. */
  private static int firstMalformed(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer part = CharBuffer.allocate(1 << 13); // the text is made in one piece afterwards
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow()) {
      part.clear();
      result = decoder.decode(in, part, true);
    }
    return result.isError() ? in.position() : -1;
  }
}
