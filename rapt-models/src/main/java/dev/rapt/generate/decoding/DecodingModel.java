package dev.rapt.generate.decoding;

/**
 * What generation needs from a model: logits after a batch of prompts, then after one more token in
 * each row. A model may serve many {@link Decoding}s at once.
 */
public interface DecodingModel {
  /** Vocabulary size V, the number of logits of a position. */
  int vocabSize();

  /**
   * Most positions of one row. {@link Integer#MAX_VALUE} if no table bounds them; the caller then
   * decides whether to go beyond the trained context length.
   */
  int maxPositions();

  /**
   * Runs a batch of prompts and fills a new KV cache.
   *
   * @param ids token ids (B, T); rows shorter than T are padded on the left
   * @param mask (B, T), false on padding, which gets no position
   * @param capacity most positions of a row, T included; memory for them may be reserved at once
   * @return the state after the prompts, with their logits; to be closed
   */
  Decoding start(int[][] ids, boolean[][] mask, int capacity);
}
