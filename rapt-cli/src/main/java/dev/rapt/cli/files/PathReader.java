package dev.rapt.cli.files;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Parses paths. The JVM encodes a path in the charset of the locale; a name in UTF-8 is passed on
 * byte by byte where that charset has a character for each byte, and refused elsewhere. A name that
 * begins with two hyphens is refused: after a list of files, it is an option that does not exist.
 */
public final class PathReader implements ITypeConverter<Path> {
  private final Charset charset;

  /** A reader for the charset in which this JVM encodes paths. */
  public PathReader() {
    this(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8));
  }

  /** A reader for a charset. */
  PathReader(Charset charset) {
    this.charset = charset;
  }

  @Override
  public Path convert(String text) {
    if (text.startsWith("--")) {
      throw new TypeConversionException(
          "must be a path, got '%s', which is not an option of this command; see --help"
              .formatted(text));
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    String name = new String(bytes, charset);
    if (!Arrays.equals(name.getBytes(charset), bytes)) {
      throw new TypeConversionException(
          "must be a path that the locale can express, got '%s' and a locale of %s; set"
                  .formatted(text, charset)
              + " LC_ALL=C.UTF-8");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("must be a path, got '" + text + "'");
    }
  }
}
