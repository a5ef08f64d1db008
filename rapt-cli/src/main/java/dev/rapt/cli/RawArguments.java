package dev.rapt.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments of the process as UTF-8. The JVM decodes them in the charset of the locale, and
 * replaces without a word what this cannot express.
 */
final class RawArguments {
  private static final Path LINUX = Path.of("/proc/self/cmdline");
  private static final char REPLACEMENT = '\uFFFD';

  private RawArguments() {}

  /**
   * The arguments as the user wrote them.
   *
   * @param decoded the arguments as the JVM decoded them
   * @throws IllegalArgumentException if they are not UTF-8, or are lost in the locale's charset
   */
  static String[] of(String[] decoded) {
    String charset = System.getProperty("sun.jnu.encoding", "");
    return of(decoded, charset, LINUX);
  }

  static String[] of(String[] decoded, String charset, Path commandLine) {
    if (!mayDiffer(decoded, charset)) {
      return decoded;
    }
    List<byte[]> raw = read(commandLine);
    if (raw.size() < decoded.length) {
      for (String argument : decoded) {
        if (argument.indexOf(REPLACEMENT) >= 0) {
          throw new IllegalArgumentException(
              "arguments: must be in the charset of the locale, got '%s' in %s; set LC_ALL=C.UTF-8"
                  .formatted(argument, charset));
        }
      }
      return decoded;
    }
    String[] arguments = new String[decoded.length];
    int first = raw.size() - decoded.length; // the options of java come before
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = utf8(raw.get(first + i), decoded[i]);
    }
    return arguments;
  }

  private static boolean mayDiffer(String[] decoded, String charset) {
    boolean isUtf8 = charset.equalsIgnoreCase("UTF-8");
    for (String argument : decoded) {
      if (isUtf8
          ? argument.indexOf(REPLACEMENT) >= 0
          : argument.chars().anyMatch(character -> character >= 0x80)) {
        return true;
      }
    }
    return false;
  }

  private static String utf8(byte[] bytes, String decoded) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "arguments: must be UTF-8, got '" + decoded + "'; pass texts of other charsets by --file",
          e);
    }
  }

  /** The words of a command line that ends each with a zero byte; none if it cannot be read. */
  private static List<byte[]> read(Path commandLine) {
    List<byte[]> words = new ArrayList<>();
    try {
      byte[] bytes = Files.readAllBytes(commandLine);
      int start = 0;
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == 0) {
          words.add(Arrays.copyOfRange(bytes, start, i));
          start = i + 1;
        }
      }
    } catch (IOException e) {
      return List.of(); // not on Linux
    }
    return words;
  }
}
