package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import dev.rapt.tokenizer.UnknownCharacters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks text files before they are used. */
public final class TextFiles {
  private static final int SAMPLE_BYTES = 1 << 16;

  private TextFiles() {}

  /**
   * Checks that these are files with UTF-8 text. Of a large file, only the beginning is checked.
   *
   * @throws CommandException for the first that is missing, empty or binary
   */
  public static void check(List<Path> files) throws IOException {
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw new CommandException(file + ": must be a text file, got nothing; check the path");
      }
      if (!Files.isRegularFile(file)) {
        throw new CommandException(
            file + ": must be a text file, got a folder; pass the files in it");
      }
      if (Files.size(file) == 0) {
        throw new CommandException(file + ": must hold text, got an empty file; leave it out");
      }
      if (!beginsWithText(file)) {
        throw new CommandException(
            file
                + ": must be UTF-8 text, got binary data; convert it (iconv -t utf-8) or leave it"
                + " out");
      }
    }
  }

  /** Total size in bytes. */
  public static long bytes(List<Path> files) throws IOException {
    long sum = 0;
    for (Path file : files) {
      sum += Files.size(file);
    }
    return sum;
  }

  /**
   * Checks that a character-level tokenizer has all characters of a text.
   *
   * @param counted the characters of the text
   * @throws CommandException if it lacks some, with their number
   */
  public static void requireKnown(UnknownCharacters counted, Path file) {
    if (counted.count() > 0) {
      throw new CommandException(
          file + ": " + counted.problem() + "; leave them out, or use a tokenizer that has them");
    }
  }

  private static boolean beginsWithText(Path file) throws IOException {
    byte[] sample;
    try (InputStream in = Files.newInputStream(file)) {
      sample = in.readNBytes(SAMPLE_BYTES);
    }
    for (byte b : sample) {
      if (b == 0) {
        return false;
      }
    }
    // Not flushed at the end: a character may continue after the sample.
    ByteBuffer bytes = ByteBuffer.wrap(sample);
    boolean isError =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(bytes, CharBuffer.allocate(sample.length + 1), false)
            .isError();
    if (isError) {
      throw new CommandException(
          "%s: must be UTF-8 text, got byte 0x%02X at offset %d; convert it (iconv -t utf-8) or leave it out"
              .formatted(file, sample[bytes.position()], bytes.position()));
    }
    return true;
  }
}
