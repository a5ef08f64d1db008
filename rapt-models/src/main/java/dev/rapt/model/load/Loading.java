package dev.rapt.model.load;

/**
 * How the weights of a checkpoint are used.
 *
 * @param trained whether training will change them, so that they are copied to f32
 * @param newHead whether layers of the head that the checkpoint lacks, or has in another shape, are
 *     initialised at random
 * @param seed seed of a new head
 */
public record Loading(boolean trained, boolean newHead, long seed) {
  /** For inference: the weights stay in the mapped file where they can. */
  public static final Loading INFERENCE = new Loading(false, false, 0);

  /** For training: the weights are copied to f32. */
  public static final Loading TRAINING = new Loading(true, false, 0);

  /**
   * For a head of another task than that of the checkpoint.
   *
   * @param trained whether training will change the weights of the checkpoint
   */
  public static Loading newHead(boolean trained, long seed) {
    return new Loading(trained, true, seed);
  }

  /** Returns {@link #TRAINING} or {@link #INFERENCE}. */
  public static Loading of(boolean trained) {
    return trained ? TRAINING : INFERENCE;
  }
}
