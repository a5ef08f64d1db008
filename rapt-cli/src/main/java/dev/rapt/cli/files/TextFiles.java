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
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Checks text files before they are used. */
public final class TextFiles {
  private static final int SAMPLE_BYTES = 1 << 16;

  private TextFiles() {}

  /**
   * Checks that these are files with UTF-8 text; returns them without the empty ones. Of a large
   * file, only the beginning is checked.
   *
   * @param onEmpty receives a sentence for each empty file that is left out
   * @throws CommandException for the first that is missing or binary, or if all are empty
   */
  public static List<Path> check(List<Path> files, Consumer<String> onEmpty) throws IOException {
    List<Path> texts = new ArrayList<>();
    for (Path file : files) {
      TextSource.requireFile(file);
      if (Files.size(file) == 0) {
        if (files.size() == 1) {
          throw new CommandException(file + ": must hold text, got an empty file");
        }
        onEmpty.accept(file + ": empty, skipped");
        continue;
      }
      if (!beginsWithText(file)) {
        throw new CommandException(
            file
                + ": must be UTF-8 text, got binary data; leave it out or "
                + TextSource.CONVERSION);
      }
      texts.add(file);
    }
    if (texts.isEmpty() && !files.isEmpty()) {
      throw new CommandException(
          files.getFirst() + ": must hold text, got %d empty files".formatted(files.size()));
    }
    return texts;
  }

  /**
   * Returns whether one of these is a pipe, which can be read once only.
   *
   * @throws CommandException for the first that does not exist, or is a folder
   */
  public static boolean anyIsPipe(List<Path> files) {
    boolean found = false;
    for (Path file : files) {
      TextSource.requireFile(file);
      found |= !Files.isRegularFile(file);
    }
    return found;
  }

  /**
   * Copies pipes into a folder, since training reads its text several times, and again when it is
   * resumed; returns the paths of the copies and of the other files.
   *
   * @param name beginning of the names of the copies
   */
  public static List<Path> withoutPipes(List<Path> files, Path folder, String name)
      throws IOException {
    List<Path> kept = new ArrayList<>();
    for (Path file : files) {
      TextSource.requireFile(file);
      if (Files.isRegularFile(file)) {
        kept.add(file);
        continue;
      }
      Path copy = folder.resolve(name + "-" + (kept.size() + 1) + ".txt");
      try (InputStream in = Files.newInputStream(file)) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      kept.add(copy);
    }
    return kept;
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
          "%s: must be UTF-8 text, got byte 0x%02X at offset %d; leave it out or %s"
              .formatted(
                  file, sample[bytes.position()], bytes.position(), TextSource.CONVERSION));
    }
    return true;
  }
}
