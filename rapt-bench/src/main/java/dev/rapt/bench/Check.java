package dev.rapt.bench;

/** Checks results once, before they are timed. */
public final class Check {
  private Check() {}

  /**
   * Fails unless a result is close to the expected value.
   *
   * @param tolerance largest error, absolute
   * @throws IllegalStateException if it is not
   */
  public static void close(String what, double result, double expected, double tolerance) {
    if (!(Math.abs(result - expected) <= tolerance)) {
      throw new IllegalStateException(
          "%s: must be %s within %s, got %s".formatted(what, expected, tolerance, result));
    }
  }
}
