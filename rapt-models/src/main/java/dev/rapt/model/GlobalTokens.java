package dev.rapt.model;

import dev.rapt.tensor.Tensor;

/**
 * The tokens with global attention for a task, in models whose other tokens have sliding-window
 * attention. Longformer, arXiv:2004.05150, section 3.1.
 */
public enum GlobalTokens {
  /** No tokens. */
  NONE {
    @Override
    boolean has(int index, int separator) {
      return false;
    }
  },
  /** The first token, from which a sequence is classified. */
  FIRST {
    @Override
    boolean has(int index, int separator) {
      return index == 0;
    }
  },
  /** The tokens before the first separator: the question. */
  QUESTION {
    @Override
    boolean has(int index, int separator) {
      return index < separator;
    }
  },
  /** The tokens after the two separators that follow a question: the answer. */
  ANSWER {
    @Override
    boolean has(int index, int separator) {
      return index > separator + 1;
    }
  };

  /**
   * Returns marks (B, T) for ids (B, T): 1 for global tokens, 0 for others.
   *
   * @throws IllegalArgumentException if a sequence has no separator and this depends on one
   */
  public int[] marks(Tensor ids, int separatorId) {
    int T = Math.toIntExact(ids.dim(1));
    int[] marks = new int[Math.toIntExact(ids.dim(0)) * T];
    for (int first = 0; first < marks.length; first += T) {
      int separator = separator(ids, first, T, separatorId);
      for (int i = 0; i < T; i++) {
        marks[first + i] = has(i, separator) ? 1 : 0;
      }
    }
    return marks;
  }

  private int separator(Tensor ids, int first, int seqLen, int separatorId) {
    for (int i = 0; i < seqLen; i++) {
      if (ids.getInt((long) first + i) == separatorId) {
        return i;
      }
    }
    if (this == QUESTION || this == ANSWER) {
      throw new IllegalArgumentException(
          "ids: separator token %d must end the question of each sequence, got none in sequence %d"
              .formatted(separatorId, first / seqLen));
    }
    return seqLen;
  }

  /** Returns whether the token at this index is global. */
  abstract boolean has(int index, int separator);
}
