package dev.rapt.nn;

import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * The output of an encoder, which a decoder attends to.
 *
 * @param hidden (B, S, D)
 * @param lengths (B) length of each sequence, without right padding
 * @param states of a recurrent encoder, the last state (B, ...) of each layer, from which the
 *     decoder's starts; empty for other encoders
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EncoderOutput(Tensor hidden, int[] lengths, List<Tensor> states) {
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
    states = List.copyOf(states);
  }

  /** The output of an encoder without recurrent states. */
  public EncoderOutput(Tensor hidden, int[] lengths) {
    this(hidden, lengths, List.of());
  }

  /** Returns S, the number of positions including padding. */
  public int sourceLen() {
    return Math.toIntExact(hidden.dim(1));
  }

  /**
   * Returns the hidden states in a scope that may be a child of theirs, so that what is computed
   * from them belongs to that scope.
   */
  public Tensor hiddenIn(Scope scope) {
    return hidden.scope().equals(scope) ? hidden : hidden.shadow(scope.alias(hidden));
  }

  /** Moves the tensors from this scope to its parent, and returns those to use from now on. */
  public EncoderOutput escape(Scope scope) {
    return new EncoderOutput(
        scope.escape(hidden), lengths, states.stream().map(scope::escape).toList());
  }

  /** Gives up the tensors before their scope closes. */
  public void release() {
    hidden.scope().release(hidden);
    states.forEach(state -> state.scope().release(state));
  }
}
