package dev.rapt.train.optim;

/** Range checks of the constants of optimisers. */
final class OptionRanges {
  private OptionRanges() {}

  /** Requires the decay rate of a moving average: 0 to 1, without 1. */
  static void requireDecayRate(String optimizer, String name, double value) {
    require(value >= 0 && value < 1, optimizer, name, "in [0, 1)", value);
  }

  /** Requires a finite number that is not negative. */
  static void requireNonNegative(String optimizer, String name, double value) {
    require(value >= 0 && Double.isFinite(value), optimizer, name, "0 or more", value);
  }

  /** Requires a finite number above 0. */
  static void requirePositive(String optimizer, String name, double value) {
    require(value > 0 && Double.isFinite(value), optimizer, name, "positive", value);
  }

  private static void require(
      boolean holds, String optimizer, String name, String rule, double value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s: %s must be %s, got %s".formatted(optimizer, name, rule, value));
    }
  }
}
