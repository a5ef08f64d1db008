package dev.rapt.verify.report;

import java.util.Locale;
import java.util.function.Consumer;

/** Counts the results of calls and prints a line for each. For one thread. */
public final class CaseReport {
  private final Consumer<String> out;
  private String caseName = "";
  private int passed;
  private int failed;
  private int notSupported;

  /** Creates a report whose lines go to {@code out}. */
  public CaseReport(Consumer<String> out) {
    this.out = out;
  }

  /** Starts a case; the lines of its calls begin with its name. */
  public void begin(String name) {
    caseName = name;
  }

  /** Reports a call whose outputs agree with the recorded ones. */
  public void passed(String call, String detail) {
    passed++;
    line("ok", call, detail);
  }

  /** Reports a call whose outputs agree; the error is relative to max(1, |want|). */
  public void passed(String call, double largestError) {
    passed(call, String.format(Locale.ROOT, "largest error %.1e", largestError));
  }

  /** Reports a call whose outputs differ from the recorded ones. */
  public void failed(String call, String why) {
    failed++;
    line("FAILED", call, why);
  }

  /** Reports a call that this version cannot run; it counts as neither passed nor failed. */
  public void notSupported(String call, String why) {
    notSupported++;
    line("not supported", call, why);
  }

  private void line(String status, String call, String detail) {
    out.accept("%-13s %s %s: %s".formatted(status, caseName, call, detail));
  }

  /** Number of calls that passed. */
  public int numPassed() {
    return passed;
  }

  /** Number of calls that failed. */
  public int numFailed() {
    return failed;
  }

  /** Number of calls that could not be run. */
  public int numNotSupported() {
    return notSupported;
  }

  /** Prints the totals. */
  public void summary() {
    if (notSupported > 0) {
      out.accept(notSupported + " not supported");
    }
    out.accept(passed + " passed, " + failed + " failed");
  }
}
