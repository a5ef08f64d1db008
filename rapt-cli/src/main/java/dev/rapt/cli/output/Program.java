package dev.rapt.cli.output;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Command lines of Rapt, for hints that users copy. */
public final class Program {
  private static final boolean IS_WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

  private Program() {}

  /** How the user starts Rapt, as its launcher knows: {@code rapt} or {@code ./rapt}. */
  public static String name() {
    return System.getProperty("rapt.command", "rapt");
  }

  /** A command line, its words quoted for the shell where they need it. */
  public static String line(Object... words) {
    return name()
        + " "
        + Arrays.stream(words)
            .map(word -> quoted(word.toString()))
            .collect(Collectors.joining(" "));
  }

  /** A word as the shell reads it: in quotes if it holds anything but plain characters. */
  public static String quoted(String word) {
    if (word.matches("[\\p{L}\\p{N}_@%+=:,./~-]+") && !word.startsWith("~")) {
      return word;
    }
    return IS_WINDOWS ? "\"" + word + "\"" : "'" + word.replace("'", "'\\''") + "'";
  }
}
