package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/**
 * The output of an encoder, which a decoder attends to.
 *
 * @param hidden (B, S, D)
 * @param lengths (B) length of each sequence, without right padding
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EncoderOutput(Tensor hidden, int[] lengths) {
  /**
   * Checks shape and lengths.
   *
   * @throws IllegalArgumentException if they do not match
   */
  public EncoderOutput {
    if (hidden.shape().rank() != 3 || hidden.dim(0) != lengths.length) {
      throw new IllegalArgumentException(
          "encoder output: must be (%d, positions, width), got %s"
              .formatted(lengths.length, hidden.shape()));
    }
    for (int length : lengths) {
      if (length < 1 || length > hidden.dim(1)) {
        throw new IllegalArgumentException(
            "encoder output: lengths must be from 1 to %d, got %d"
                .formatted(hidden.dim(1), length));
      }
    }
  }

  /** Returns S, the number of positions including padding. */
  public int sourceLen() {
    return Math.toIntExact(hidden.dim(1));
  }
}
