package dev.rapt.text;

/** Receives the progress of the work on many texts. */
@FunctionalInterface
public interface BatchProgress {
  /**
   * Called after each batch.
   *
   * @param done number of texts or windows that are done
   * @param all number of texts, or of the windows in which long texts are read
   */
  void done(int done, int all);
}
