package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailuresTest {
  private static String sentence(Exception e) {
    StringWriter err = new StringWriter();
    Failures.print(e, new PrintWriter(err, true), false);
    return err.toString();
  }

  @Test
  void aFullDiskIsFollowedByOneAdvice() {
    IOException full = new IOException("No space left on device");
    for (Exception e : new Exception[] {full, AtomicFiles.failure(Path.of("run/x"), full)}) {
      assertThat(sentence(e)).containsOnlyOnce("free disk space").hasLineCount(1);
    }
  }
}
