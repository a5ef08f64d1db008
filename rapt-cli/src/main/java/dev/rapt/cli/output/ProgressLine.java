package dev.rapt.cli.output;

import java.io.PrintWriter;

/**
 * A progress line at the bottom of the terminal, redrawn in place. Without a terminal, a plain line
 * every ten seconds.
 */
public final class ProgressLine {
  private static final long REDRAW_NANOS = 100_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  /** Work that ends sooner prints no plain line. */
  private static final long FIRST_PLAIN_NANOS = 2_000_000_000L;

  private static final int BAR_WIDTH = 20;

  private final PrintWriter err;
  private final int columns;
  private long lastNanos;
  private boolean isShown;

  /**
   * A progress line.
   *
   * @param columns width of the terminal; 0 without a terminal
   */
  public ProgressLine(PrintWriter err, int columns) {
    this(err, columns, columns > 0 ? 0 : FIRST_PLAIN_NANOS);
  }

  /**
   * A progress line.
   *
   * @param columns width of the terminal; 0 without a terminal
   * @param firstNanos time until the first line
   */
  public ProgressLine(PrintWriter err, int columns, long firstNanos) {
    this.err = err;
    this.columns = columns;
    this.lastNanos = System.nanoTime() - (columns > 0 ? REDRAW_NANOS : PLAIN_NANOS) + firstNanos;
  }

  /** A progress line for the terminal that the launcher found, if any. */
  public static ProgressLine toTerminal(PrintWriter err) {
    return new ProgressLine(err, columnsOfTheTerminal());
  }

  /** The width that the launcher passes; 80 if it is not a number, 0 if there is none. */
  private static int columnsOfTheTerminal() {
    String columns = System.getProperty("rapt.columns");
    if (columns == null) {
      return 0;
    }
    return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 80;
  }

  /**
   * Shows the progress, unless the last update is too recent.
   *
   * @param share part of the work that is done, 0 to 1
   */
  public void update(double share, String text) {
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

  /** Prints a line above the progress line. */
  public void say(String line) {
    clear();
    err.println(columns > 0 ? TerminalText.visible(line) : line);
    err.flush();
    lastNanos -= REDRAW_NANOS;
  }

  /** Removes the progress line. */
  public void clear() {
    if (isShown) {
      err.print("\r\u001b[K");
      err.flush();
      isShown = false;
    }
  }

  /** Leaves the last column free: some terminals wrap when it is written. */
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
