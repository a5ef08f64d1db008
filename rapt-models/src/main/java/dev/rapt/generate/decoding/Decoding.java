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
   * Appends several tokens to the only row in one pass. {@link #logits} then are those after each
   * of the last positions (numLogits, V), and {@link #hidden} has all positions of the pass.
   *
   * @param tokens at least one
   * @param numLogits number of positions, from 1 to that of the tokens
   * @throws UnsupportedOperationException if the model takes one token at a time
   * @throws IllegalStateException if there are several rows
   */
  default void stepAll(int[] tokens, int numLogits) {
    throw new UnsupportedOperationException("stepAll: this model takes one token at a time");
  }

  /**
   * Remembers the length of the only row, for {@link #undo}.
   *
   * @throws UnsupportedOperationException if the model cannot go back
   */
  default void mark() {
    throw new UnsupportedOperationException("mark: this model cannot go back");
  }

  /**
   * Removes the last positions of the only row, of those that were appended since {@link #mark}.
   * Invalidates the logits unless the number is 0.
   *
   * @param numPositions from 0 to the number of positions since the mark
   */
  default void undo(int numPositions) {
    throw new UnsupportedOperationException("undo: this model cannot go back");
  }

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
