package dev.rapt.train.objective;

/** What all distillations require. */
final class Teachers {
  private Teachers() {}

  static void requireNumbers(float temperature, float alpha) {
    if (!(temperature > 0 && Float.isFinite(temperature) && alpha >= 0 && Float.isFinite(alpha))) {
      throw new IllegalArgumentException(
          "temperature and alpha: must be above 0 and at least 0, got %s and %s"
              .formatted(temperature, alpha));
    }
  }
}
