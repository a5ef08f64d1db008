package dev.rapt.cli.files;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads UTF-8 text line by line; a line ends with a line feed, before which a CR is dropped. */
public final class Utf8Lines implements AutoCloseable {
  private final String source;
  private final InputStream in;
  private long offset;

  /** The lines of a stream, which errors call by the name of its source. */
  Utf8Lines(String source, InputStream in) {
    this.source = source;
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** The lines of a file, or of the standard input if there is none. */
  public static Utf8Lines of(@Nullable Path file) throws IOException {
    if (file == null) {
      return new Utf8Lines(TextSource.STANDARD_INPUT, System.in);
    }
    TextSource.requireFile(file);
    return new Utf8Lines(file.toString(), Files.newInputStream(file));
  }

  /**
   * The next line, or null at the end.
   *
   * @throws dev.rapt.cli.output.CommandException if it is not UTF-8
   */
  public @Nullable String next() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    int b = in.read();
    if (b < 0) {
      return null;
    }
    for (; b >= 0 && b != '\n'; b = in.read()) {
      bytes.write(b);
    }
    long start = offset;
    offset += bytes.size() + 1;
    String line = TextSource.decode(source, bytes.toByteArray(), start);
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
