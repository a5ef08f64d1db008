package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/**
 * What an encoder put out, for a decoder to attend to.
 *
 * @param hidden (B, S, D)
 * @param lengths (B) positions of each sequence before the padding on the right
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EncoderOutput(Tensor hidden, int[] lengths) {
  public EncoderOutput {
    if (hidden.shape().rank() != 3 || hidden.dim(0) != lengths.length) {
      throw new IllegalArgumentException(
          "encoded: must be (%d, positions, width), got %s"
              .formatted(lengths.length, hidden.shape()));
    }
    for (int length : lengths) {
      if (length < 1 || length > hidden.dim(1)) {
        throw new IllegalArgumentException(
            "encoded: lengths must be from 1 to %d, got %d".formatted(hidden.dim(1), length));
      }
    }
  }

  /** S. */
  public int sourceLen() {
    return Math.toIntExact(hidden.dim(1));
  }
}
