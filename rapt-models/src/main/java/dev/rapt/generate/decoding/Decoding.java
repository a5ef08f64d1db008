package dev.rapt.generate.decoding;

import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The state of one generation: rows with their KV cache. For one thread. */
public interface Decoding extends AutoCloseable {
  /** Number of rows. */
  int numRows();

  /**
   * Logits of the last position of every row (rows, V), f32 row-major. Valid until the next call of
   * {@link #select}, {@link #step} or {@link #close}.
   */
  MemorySegment logits();

  /**
   * The last layer's hidden states (rows, T, D), f32, of the tokens of the last pass: all positions
   * of the prompts, then one for each row. Valid as long as {@link #logits}.
   *
   * @throws UnsupportedOperationException if the model does not provide them
   */
  default Tensor hidden() {
    throw new UnsupportedOperationException("hidden states: this model does not provide them");
  }

  /**
   * Appends one token to every row and computes the logits after it.
   *
   * @param tokens (rows)
   */
  void step(int[] tokens);

  /**
   * Replaces row i by a copy of row {@code rows[i]}. Rows may be repeated or left out: this spreads
   * a prompt over its beams, follows the best beams and drops rows that ended. Invalidates the
   * logits.
   *
   * @param rows indices of current rows; their number becomes the number of rows, at least 1
   */
  void select(int[] rows);

  /** Frees the cache. */
  @Override
  void close();
}
