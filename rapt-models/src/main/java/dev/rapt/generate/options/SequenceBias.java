package dev.rapt.generate.options;

import java.util.List;

/**
 * A bias for one sequence of tokens.
 *
 * @param tokens at least one; the bias applies to the last if the others precede it
 * @param bias added to the score; negative infinity forbids the sequence
 */
public record SequenceBias(List<Integer> tokens, float bias) {
  /**
   * Checks and copies the ids.
   *
   * @throws IllegalArgumentException if there are no tokens or an id is negative
   */
  public SequenceBias {
    tokens = List.copyOf(tokens);
    if (tokens.isEmpty() || tokens.stream().anyMatch(id -> id < 0)) {
      throw new IllegalArgumentException(
          "sequence bias: must be at least one token and no negative id, got " + tokens);
    }
  }
}
