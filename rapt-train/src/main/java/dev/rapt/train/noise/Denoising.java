package dev.rapt.train.noise;

import java.util.Arrays;

/**
 * A corrupted text and what a model is to make of it.
 *
 * @param inputs corrupted tokens
 * @param targets for objectives that predict in place, the token to predict at each position or
 *     {@link #IGNORED}; for encoder-decoders, the tokens of the decoder
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for batches, never compared
public record Denoising(int[] inputs, int[] targets) {
  /** The target of positions that do not count in the loss. */
  public static final int IGNORED = -100;

  /** Returns the number of targets that count in the loss. */
  public int predicted() {
    return (int) Arrays.stream(targets).filter(target -> target != IGNORED).count();
  }
}
