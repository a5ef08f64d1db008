package dev.rapt.cli.output;

import java.io.Console;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;

/**
 * Text for a terminal, which would obey the control characters that a model makes or a file holds:
 * they are shown as {@code \\x1b}. Files and pipes get the text as it is.
 */
public final class TerminalText {
  private TerminalText() {}

  /** A writer of visible text if the standard output is a terminal, else the writer itself. */
  static PrintWriter toOutput(PrintWriter out) {
    return isTerminal() ? visible(out) : out;
  }

  /** A writer that shows control characters. */
  public static PrintWriter visible(PrintWriter out) {
    return new PrintWriter(
        new FilterWriter(out) {
          @Override
          public void write(int c) throws IOException {
            write(String.valueOf((char) c));
          }

          @Override
          public void write(char[] text, int from, int count) throws IOException {
            write(new String(text, from, count));
          }

          @Override
          public void write(String text, int from, int count) throws IOException {
            out.write(visible(text.substring(from, from + count)));
          }
        },
        true);
  }

  /** The text with control characters, but for tabs and ends of lines, as {@code \\x1b}. */
  public static String visible(String text) {
    StringBuilder shown = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean endsLine = c == '\r' && text.startsWith("\n", i + 1);
      boolean isShown = !Character.isISOControl(c) || c == '\n' || c == '\t' || endsLine;
      if (!isShown && shown == null) {
        shown = new StringBuilder(text.substring(0, i));
      }
      if (shown != null) {
        shown.append(isShown ? String.valueOf(c) : Format.format("\\x%02x", (int) c));
      }
    }
    return shown == null ? text : shown.toString();
  }

  /** The text on one line: control characters as {@code \\n}, {@code \\t} or {@code \\x1b}. */
  public static String onOneLine(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> shown.append("\\n");
        case '\r' -> shown.append("\\r");
        case '\t' -> shown.append("\\t");
        default ->
            shown.append(
                Character.isISOControl(c) ? Format.format("\\x%02x", (int) c) : String.valueOf(c));
      }
    }
    return shown.toString();
  }

  /** Whether the standard output is a terminal; the launchers know. */
  @SuppressWarnings("SystemConsoleNull") // it is null without a terminal
  private static boolean isTerminal() {
    String known = System.getProperty("rapt.terminal");
    if (known != null) {
      return known.equals("true");
    }
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
