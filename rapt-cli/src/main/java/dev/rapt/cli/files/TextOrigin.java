package dev.rapt.cli.files;

import dev.rapt.cli.output.CommandException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where texts come from. An error about a text of the command line is one of usage; an error about
 * a text of a file or of the standard input is a failure that names this source.
 *
 * @param source file, {@value TextSource#STANDARD_INPUT}, or "" for the command line
 */
public record TextOrigin(String source) {
  /** The origin of texts that are arguments, else in a file, else in the standard input. */
  public static TextOrigin of(@Nullable List<String> arguments, @Nullable Path file) {
    boolean isTyped = arguments != null && !arguments.isEmpty();
    return isTyped ? new TextOrigin("") : file == null ? standardInput() : of(file);
  }

  /** The origin of texts in a file. */
  public static TextOrigin of(Path file) {
    return new TextOrigin(file.toString());
  }

  private static TextOrigin standardInput() {
    return new TextOrigin(TextSource.STANDARD_INPUT);
  }

  /** Whether the texts are arguments. */
  public boolean isCommandLine() {
    return source.isEmpty();
  }

  /**
   * An error about a text.
   *
   * @param subject the text in an error of usage: {@code prompt}, or {@code text 2}
   * @param problem what must hold, and what it is instead
   */
  public RuntimeException error(String subject, String problem) {
    if (isCommandLine()) {
      return new IllegalArgumentException(subject + ": " + problem);
    }
    boolean isOneOfMany = Character.isDigit(subject.charAt(subject.length() - 1));
    return new CommandException(source + (isOneOfMany ? ", " + subject : "") + ": " + problem);
  }

  /**
   * The error about texts that are missing: one of usage, unless a file should hold them.
   *
   * @param name of the argument
   */
  public RuntimeException missing(String name) {
    return isCommandLine() || equals(standardInput())
        ? new IllegalArgumentException(
            name + ": must be given, got none; pass an argument, --file or a standard input")
        : new CommandException(source + ": must hold text, got none");
  }

  /**
   * Returns what the work returns.
   *
   * @param subject the text in errors
   * @param libraryName the text in errors of the library
   */
  public <T> T check(String subject, String libraryName, Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      if (message.startsWith(libraryName + ": ")) {
        RuntimeException error = error(subject, message.substring(libraryName.length() + 2));
        error.addSuppressed(e);
        throw error;
      }
      throw e;
    }
  }
}
