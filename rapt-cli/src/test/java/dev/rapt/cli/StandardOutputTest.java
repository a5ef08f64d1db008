package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.output.ExitStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  /** Accepts this many bytes, then fails. */
  private static OutputStream ending(int numBytes, String reason) {
    return new OutputStream() {
      private int left = numBytes;

      @Override
      public void write(int b) throws IOException {
        if (left-- <= 0) {
          throw new IOException(reason);
        }
      }
    };
  }

  private static int run(OutputStream out, StringWriter err, String... args) {
    PrintWriter writer = new PrintWriter(new StandardOutput(out), true, StandardCharsets.UTF_8);
    return Rapt.run(writer, new PrintWriter(err, true), args);
  }

  @Test
  void aClosedPipeEndsTheCommandSilently() {
    StringWriter err = new StringWriter();
    int status = run(ending(10, "Broken pipe"), err, "doctor", "--no-measure");
    assertThat(status).isEqualTo(ExitStatus.READER_GONE);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void anUnwritableOutputIsAFailure() {
    StringWriter err = new StringWriter();
    int status = run(ending(0, "No space left on device"), err, "doctor", "--no-measure");
    assertThat(status).isEqualTo(ExitStatus.FAILED);
    assertThat(err.toString())
        .startsWith("rapt: standard output: must be writable, got No space left");
  }
}
