package dev.rapt.generate;

/**
 * What generation needs of a model: logits after a batch of prompts, then after one token more for
 * each row. A model may serve many {@link Decoding}s at once.
 */
public interface DecodingModel {
  /** Number of logits of a position: V. */
  int vocabSize();

  /**
   * Most positions that one row can have. {@link Integer#MAX_VALUE} where positions are not bounded
   * by a table: going beyond the trained length is then the caller's choice.
   */
  int maxPositions();

  /**
   * Runs a batch of prompts, which fills a new cache.
   *
   * @param ids token ids (B, T); rows shorter than T are padded on the left
   * @param mask which ids count (B, T); false on padding. Positions count the true ones only.
   * @param capacity how many positions the cache may come to hold for each row, T included: room
   *     may be reserved for them at once
   * @return the state after the prompts, with their logits; the caller closes it
   */
  Decoding start(int[][] ids, boolean[][] mask, int capacity);
}
