package dev.rapt.generate;

import java.util.List;

/**
 * A bias for one sequence of tokens.
 *
 * @param tokens at least one; the bias is added to the last when the others stand before it
 * @param bias added to the score; negative infinity forbids the sequence
 */
public record SequenceBias(List<Integer> tokens, float bias) {
  /**
   * @throws IllegalArgumentException if there are no tokens or an id is negative
   */
  public SequenceBias {
    tokens = List.copyOf(tokens);
    if (tokens.isEmpty() || tokens.stream().anyMatch(id -> id < 0)) {
      throw new IllegalArgumentException(
          "sequence bias: at least one token and no negative ids, got " + tokens);
    }
  }
}
