package dev.rapt.text;

/** Is told how far the work on many texts is. */
@FunctionalInterface
public interface BatchProgress {
  /**
   * So many are done.
   *
   * @param all how many there are: texts, or the windows in which long ones are read
   */
  void done(int done, int all);
}
