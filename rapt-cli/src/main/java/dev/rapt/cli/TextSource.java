package dev.rapt.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text that a command is given: as arguments, in a file, or on the standard input. */
final class TextSource {
  private TextSource() {}

  /**
   * The text of the arguments, of the file, or of the standard input where there is neither.
   *
   * @throws IllegalArgumentException if there are both
   */
  static String read(@Nullable List<String> words, @Nullable Path file) throws IOException {
    boolean hasWords = words != null && !words.isEmpty();
    if (hasWords && file != null) {
      throw new IllegalArgumentException("text: must come from arguments or from --file, got both");
    }
    if (hasWords && words != null) {
      return String.join(" ", words);
    }
    return file == null ? decode("standard input", System.in.readAllBytes()) : read(file);
  }

  /** A whole UTF-8 file. */
  static String read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + ": must be a text file, got a folder");
    }
    return decode(file.toString(), Files.readAllBytes(file));
  }

  private static String decode(String source, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new CommandException(
          source + ": must be UTF-8 text, got other bytes; convert it with iconv -t utf-8", e);
    }
  }
}
