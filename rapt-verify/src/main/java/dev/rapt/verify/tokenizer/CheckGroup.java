package dev.rapt.verify.tokenizer;

import dev.rapt.verify.report.CaseReport;

/**
 * Checks of one kind: the report gets one line for all that pass and a line for each that fails.
 */
final class CheckGroup {
  private final String name;
  private final CaseReport report;
  private int count;
  private int failed;

  CheckGroup(String name, CaseReport report) {
    this.name = name;
    this.report = report;
  }

  /** A difference from the recorded value. */
  static final class Difference extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Difference(String message) {
      super(message, null, false, false);
    }
  }

  /** Fails unless both are equal. */
  static void same(String what, Object got, Object want) {
    if (!got.equals(want)) {
      throw new Difference(what + ": must be " + shown(want) + ", got " + shown(got));
    }
  }

  private static String shown(Object value) {
    String text = value.toString().replace("\n", "\\n");
    return text.length() > 400 ? text.substring(0, 400) + "..." : text;
  }

  /** Runs one check, which throws if it fails. */
  void check(String call, Runnable check) {
    count++;
    try {
      check.run();
    } catch (RuntimeException e) {
      failed++;
      report.failed(
          name + " " + call.replace("\n", "\\n"),
          e instanceof Difference ? String.valueOf(e.getMessage()) : e.toString());
    }
  }

  /** Reports the checks that passed. */
  void end() {
    if (count > failed) {
      report.passed(name, count - failed + (failed == 0 ? " equal" : " of " + count + " equal"));
    }
  }
}
