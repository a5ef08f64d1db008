package dev.rapt.tokenizer.train;

/** Is told how far training has come; may be called from any thread, one call at a time. */
@FunctionalInterface
public interface TrainingProgress {
  /** What a training does, in order. */
  enum Stage {
    /** Reads the text and counts its words; in bytes. */
    COUNT_WORDS,
    /** Merges pairs; in tokens of the vocabulary. */
    MERGE_PAIRS
  }

  /**
   * Says how far a stage has come.
   *
   * @param done bytes or tokens done
   * @param total bytes or tokens in all; -1 if that is not known
   */
  void report(Stage stage, long done, long total);

  /** A listener that does nothing. */
  static TrainingProgress none() {
    return (stage, done, total) -> {};
  }
}
