package dev.rapt.tokenizer.train;

/** Receives the progress of a training. Called from any thread, but never concurrently. */
@FunctionalInterface
public interface TrainingProgress {
  /** The stages of a training, in order. */
  enum Stage {
    /** Reads the text and counts words; measured in bytes. */
    COUNT_WORDS,
    /** Merges pairs; measured in tokens of the vocabulary. */
    MERGE_PAIRS
  }

  /**
   * Reports the progress of a stage.
   *
   * @param stage the stage
   * @param done bytes or tokens done
   * @param total bytes or tokens in all; -1 if unknown
   */
  void report(Stage stage, long done, long total);

  /** {@return a receiver that does nothing} */
  static TrainingProgress none() {
    return (stage, done, total) -> {};
  }
}
