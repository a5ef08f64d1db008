package dev.rapt.train.objective;

import dev.rapt.model.Model;

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

  static void requireVocabulary(Model student, Model teacher) {
    int wanted = student.config().vocabSize();
    int got = teacher.config().vocabSize();
    if (got != wanted) {
      throw new IllegalArgumentException(
          "teacher: must have the vocabulary of the student, %d tokens, got %d; choose a teacher with the same tokenizer"
              .formatted(wanted, got));
    }
  }
}
