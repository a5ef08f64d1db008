package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads text from arguments, a file, or the standard input. */
public final class TextSource {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** The longest text that is read as a whole. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 16;

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
    return file == null ? decode("standard input", readInput()) : read(file);
  }

  /** Reads a whole UTF-8 file. */
  public static String read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new CommandException(file + ": must be a text file, got nothing; check the path");
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + ": must be a text file, got a folder");
    }
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw tooLarge(file.toString(), Format.bytes(size));
    }
    return decode(file.toString(), Files.readAllBytes(file));
  }

  /** Reads the standard input to its end. */
  private static byte[] readInput() throws IOException {
    byte[] bytes = System.in.readNBytes(MAX_BYTES);
    if (bytes.length == MAX_BYTES && System.in.read() >= 0) {
      throw tooLarge("standard input", "more");
    }
    return bytes;
  }

  private static CommandException tooLarge(String source, String size) {
    return new CommandException(
        "%s: must be smaller than 2 GB, got %s; split it (split --line-bytes=1G)"
            .formatted(source, size));
  }

  /** Decodes UTF-8 and drops a byte-order mark. */
  private static String decode(String source, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(in, out, true);
    if (result.isError()) {
      throw new CommandException(
          "%s: must be UTF-8 text, got byte 0x%02X at offset %d; convert it with iconv -t utf-8"
              .formatted(source, bytes[in.position()], in.position()));
    }
    String text = out.flip().toString();
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }
}
