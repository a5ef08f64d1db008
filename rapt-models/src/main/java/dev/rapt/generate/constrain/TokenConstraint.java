package dev.rapt.generate.constrain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What generated tokens must match. Immutable; several sequences and threads share one. What a
 * sequence has matched so far is in a {@link State} of its own.
 */
public interface TokenConstraint {
  /** The state of a sequence without new tokens. */
  State start();

  /**
   * Refuses a vocabulary that is not the one of this constraint.
   *
   * @param vocabSize number of scores of a model
   * @throws IllegalArgumentException if the constraint knows more ids
   */
  void requireVocabulary(int vocabSize);

  /**
   * What a sequence has matched so far. Immutable: keep an earlier one to go back to it, and share
   * one among sequences that begin alike.
   */
  interface State {
    /**
     * Forbids tokens that would break the constraint: sets their scores to negative infinity. End
     * tokens stay exactly if the text may end here.
     *
     * @param scores one for each token of the vocabulary
     * @param eosTokenIds ids that end a sequence
     */
    void mask(float[] scores, List<Integer> eosTokenIds);

    /**
     * The state after a token that does not end the sequence; null if the constraint forbids it.
     */
    @Nullable State next(int token);

    /** Whether the text may end here. */
    boolean isComplete();

    /** Whether any text may follow here. */
    boolean canContinue();
  }
}
