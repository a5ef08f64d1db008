package dev.rapt.eval.likelihood;

import java.util.Arrays;

/**
 * Tokens to score after others.
 *
 * @param prefix read before them, at least one
 * @param targets scored, at least one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TokenRequest(int[] prefix, int[] targets) {
  /**
   * Creates the request for a continuation. A context that does not fit is cut on the left.
   *
   * @param maxPositions most tokens that the model reads; the last target is not read
   * @throws IllegalArgumentException if there is no target, or there are more than fit
   */
  static TokenRequest of(int[] context, int[] targets, int maxPositions) {
    if (targets.length == 0) {
      throw new IllegalArgumentException(
          "continuation: must have at least 1 token of its own, got none");
    }
    if (targets.length > maxPositions) {
      throw new IllegalArgumentException(
          "continuation: must have at most %d tokens, the context of the model, got %d"
              .formatted(maxPositions, targets.length));
    }
    int room = maxPositions + 1 - targets.length;
    int from = Math.max(0, context.length - room);
    return new TokenRequest(Arrays.copyOfRange(context, from, context.length), targets);
  }

  /** Number of tokens that the model reads. */
  int numRead() {
    return prefix.length + targets.length - 1;
  }
}
