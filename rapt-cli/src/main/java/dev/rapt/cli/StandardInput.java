package dev.rapt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The standard input of the process. */
final class StandardInput {
  private static final Path LINUX = Path.of("/proc/self/fd/0");

  private StandardInput() {}

  /**
   * Makes a closed standard input an empty one. The first file that the JVM opens, that of its own
   * modules, gets the number of the closed input, and would be read as the user's.
   */
  static void emptyIfClosed() {
    if (isFileOfTheJvm(LINUX)) {
      System.setIn(InputStream.nullInputStream());
    }
  }

  static boolean isFileOfTheJvm(Path descriptor) {
    try {
      Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
      return Files.exists(descriptor) && Files.isSameFile(descriptor, modules);
    } catch (IOException e) {
      return false; // a pipe, a socket, or an image without this file
    }
  }
}
