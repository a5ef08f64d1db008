package dev.rapt.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end, for tests. */
final class Processes {
  private static final long LIMIT_MINUTES = 5;

  private Processes() {}

  /** The java command of the JDK that runs this test. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Whether this is Windows, where scripts have the extension cmd. */
  static boolean isWindows() {
    return System.getProperty("os.name").startsWith("Windows");
  }

  /**
   * Runs a command, fails unless it ends with status 0 within five minutes, and returns what it
   * wrote to the standard output.
   *
   * @param folder the working directory
   * @param environment variables to add to those of this process
   */
  static String output(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("out", ".txt");
    Path err = Files.createTempFile("err", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.directory(folder.toFile());
      builder.environment().putAll(environment);
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
      process.destroyForcibly().waitFor();
      String text = Files.readString(out, StandardCharsets.UTF_8);
      assertThat(ended ? process.exitValue() : -1)
          .as("status of %s%n%s%n%s", command, text, Files.readString(err, StandardCharsets.UTF_8))
          .isZero();
      return text;
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
