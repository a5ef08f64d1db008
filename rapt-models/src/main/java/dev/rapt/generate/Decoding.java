package dev.rapt.generate;

import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The state of one generation: rows with their cache. For one thread. */
public interface Decoding extends AutoCloseable {
  /** Number of rows. */
  int numRows();

  /**
   * Logits of the last position of every row (rows, V), f32 row-major. Valid until the next call of
   * {@link #select}, {@link #step} or {@link #close}.
   */
  MemorySegment logits();

  /**
   * The last hidden states (rows, T, D), f32, of the tokens that were run last: all positions of
   * the prompts, then one for each row. Valid as long as {@link #logits}.
   *
   * @throws UnsupportedOperationException if the model has none to show
   */
  default Tensor hidden() {
    throw new UnsupportedOperationException("this model shows no hidden states");
  }

  /**
   * Appends one token to every row and computes the logits after it.
   *
   * @param tokens (rows)
   */
  void step(int[] tokens);

  /**
   * Makes row i a copy of what was row {@code rows[i]}. Rows may be repeated and left out, so this
   * spreads a prompt over its beams, follows the best beams and drops rows that have ended. The
   * logits are not valid any more.
   *
   * @param rows indices of present rows; its length is the new number of rows, at least 1
   */
  void select(int[] rows);

  /** Frees the cache. */
  @Override
  void close();
}
