package dev.rapt.model.load;

/**
 * How the weights of a checkpoint are used.
 *
 * @param start the weights that the model begins with
 * @param trained whether training will change the stored weights, so that they are copied to f32
 * @param seed seed of random weights
 */
public record Loading(Start start, boolean trained, long seed) {
  /** The weights that a model begins with. */
  public enum Start {
    /** Those of the checkpoint. */
    STORED,
    /**
     * Those of the checkpoint; layers of the head that it lacks, or has in another shape, are
     * initialised at random.
     */
    NEW_HEAD,
    /** Random ones: only the configuration is read. */
    FRESH
  }

  /** For inference: the weights stay in the mapped file where they can. */
  public static final Loading INFERENCE = new Loading(Start.STORED, false, 0);

  /** For training: the weights are copied to f32. */
  public static final Loading TRAINING = new Loading(Start.STORED, true, 0);

  /**
   * For a head of another task than that of the checkpoint.
   *
   * @param trained whether training will change the weights of the checkpoint
   */
  public static Loading newHead(boolean trained, long seed) {
    return new Loading(Start.NEW_HEAD, trained, seed);
  }

  /** For training from random weights. */
  public static Loading fresh(long seed) {
    return new Loading(Start.FRESH, true, seed);
  }

  /** Returns {@link #TRAINING} or {@link #INFERENCE}. */
  public static Loading of(boolean trained) {
    return trained ? TRAINING : INFERENCE;
  }

  /** Returns whether the head may be another than that of the checkpoint. */
  boolean newHead() {
    return start == Start.NEW_HEAD;
  }
}
