package dev.rapt.model;

import dev.rapt.tensor.Tensor;

/**
 * Which tokens of a sequence are global for a task, in families whose other tokens see their
 * neighbours alone. Longformer, arXiv:2004.05150, section 3.1.
 */
public enum GlobalTokens {
  /** None. */
  NONE {
    @Override
    boolean has(int index, int separator) {
      return false;
    }
  },
  /** The first, from which a sequence is classified. */
  FIRST {
    @Override
    boolean has(int index, int separator) {
      return index == 0;
    }
  },
  /** Those before the first separator. */
  QUESTION {
    @Override
    boolean has(int index, int separator) {
      return index < separator;
    }
  },
  /** Those after the two separators that follow a question. */
  ANSWER {
    @Override
    boolean has(int index, int separator) {
      return index > separator + 1;
    }
  };

  /**
   * Marks (B, T): 1 for the tokens of ids (B, T) that are global.
   *
   * @throws IllegalArgumentException if a sequence lacks the separator that these depend on
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
          "ids: token %d must end the question of each sequence, sequence %d has none"
              .formatted(separatorId, first / seqLen));
    }
    return seqLen;
  }

  abstract boolean has(int index, int separator);
}
