package dev.rapt.cli;

import java.io.PrintWriter;

/**
 * One line at the bottom of the terminal that is written again and again. Where the output is no
 * terminal, a plain line now and then.
 */
final class ProgressLine {
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  /** What is done sooner needs no line that stays. */
  private static final long FIRST_PLAIN_NANOS = 2_000_000_000L;

  private static final int BAR_WIDTH = 20;

  private final PrintWriter err;
  private final int columns;
  private long lastNanos;
  private boolean isShown;

  /**
   * @param columns width of the terminal; 0 where there is none
   */
  ProgressLine(PrintWriter err, int columns) {
    this(err, columns, columns > 0 ? 0 : FIRST_PLAIN_NANOS);
  }

  /**
   * @param firstNanos until the first line is shown
   */
  ProgressLine(PrintWriter err, int columns, long firstNanos) {
    this.err = err;
    this.columns = columns;
    this.lastNanos = System.nanoTime() - (columns > 0 ? REDRAW_NANOS : PLAIN_NANOS) + firstNanos;
  }

  /** A line for the terminal that the launcher found, if any. */
  static ProgressLine toTerminal(PrintWriter err) {
    return new ProgressLine(err, columnsOfTheTerminal());
  }

  /** The width the launcher passes; 80 where it passes something else, 0 where it passes none. */
  private static int columnsOfTheTerminal() {
    String columns = System.getProperty("rapt.columns");
    if (columns == null) {
      return 0;
    }
    return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 80;
  }

  /** Shows how far the work is, unless that was done a moment ago. */
  void update(double share, String text) {
    long now = System.nanoTime();
    if (now - lastNanos < (columns > 0 ? REDRAW_NANOS : PLAIN_NANOS)) {
      return;
    }
    lastNanos = now;
    if (columns > 0) {
      err.print("\r" + fit(bar(share) + " " + text) + "\u001b[K");
      isShown = true;
    } else {
      err.println(percent(share) + " " + text);
    }
    err.flush();
  }

  /** Prints a line above; the progress follows below it. */
  void say(String line) {
    clear();
    err.println(line);
    err.flush();
    lastNanos -= REDRAW_NANOS;
  }

  /** Takes the line away. */
  void clear() {
    if (isShown) {
      err.print("\r\u001b[K");
      err.flush();
      isShown = false;
    }
  }

  /** The last column stays free: some terminals wrap when it is written. */
  private String fit(String line) {
    return line.length() < columns ? line : line.substring(0, columns - 1);
  }

  private static String percent(double share) {
    return Format.format("%3.0f%%", 100 * Math.clamp(share, 0, 1));
  }

  private static String bar(double share) {
    int full = (int) Math.round(BAR_WIDTH * Math.clamp(share, 0, 1));
    return percent(share) + " [" + "=".repeat(full) + " ".repeat(BAR_WIDTH - full) + "]";
  }
}
