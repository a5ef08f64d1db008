package dev.rapt.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * The standard output. Throws {@link OutputException} if it cannot be written, while the JDK's
 * writers ignore errors: a command whose reader is gone then ends early.
 */
final class StandardOutput extends OutputStream {
  private final OutputStream out;

  StandardOutput(OutputStream out) {
    this.out = out;
  }

  /** A writer to the standard output of the process. */
  static PrintWriter open() {
    OutputStream out = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }
}
