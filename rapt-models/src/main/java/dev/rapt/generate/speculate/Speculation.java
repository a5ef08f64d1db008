package dev.rapt.generate.speculate;

import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;

/**
 * Speculative decoding of a generator: who guesses tokens, and how many at most. How many are
 * guessed at a time follows from how many were right and from what passes cost, down to none where
 * guessing does not pay.
 *
 * <p>Each position of a checked pass chooses its token as without speculation: with the processors,
 * and in sampling with the random number of that position. A guess is accepted if it is that token.
 * So a seed gives the same text with any drafter and without one, up to rounding of products of
 * several rows. This is the drafter-invariant form of speculative sampling, arXiv:2408.07978; the
 * method is that of Leviathan et al., arXiv:2211.17192, whose rule of acceptance has the same
 * distribution but another text for each drafter.
 *
 * @param drafts makes a drafter for each sequence
 * @param maxDraftTokens most tokens guessed at a time, 0 to {@value #MOST_DRAFT_TOKENS}; 0 turns
 *     speculation off
 */
public record Speculation(Drafter.Factory drafts, int maxDraftTokens) {
  /** Most tokens guessed at a time; a pass of more would be computed like a prompt. */
  public static final int MOST_DRAFT_TOKENS = 30;

  /** Tokens guessed at a time if nothing else is said. */
  public static final int USUAL_DRAFT_TOKENS = 15;

  /** No speculation. */
  public static final Speculation NONE = new Speculation(_ -> new PromptLookup(), 0);

  /** Checks the number. */
  public Speculation {
    if (maxDraftTokens < 0 || maxDraftTokens > MOST_DRAFT_TOKENS) {
      throw new IllegalArgumentException(
          "draft tokens: must be 0 to %d, got %d".formatted(MOST_DRAFT_TOKENS, maxDraftTokens));
    }
  }

  /** Guesses what followed the last tokens where they occurred before; see {@link PromptLookup}. */
  public static Speculation promptLookup() {
    return new Speculation(_ -> new PromptLookup(), USUAL_DRAFT_TOKENS);
  }

  /**
   * Guesses with a smaller model, which must stay open; see {@link DraftModel}. Its ids must stand
   * for the same tokens: {@code TextModel.draftedBy} checks this.
   */
  public static Speculation draftModel(CausalLm model) {
    return new Speculation(sequence -> new DraftModel(model, sequence), USUAL_DRAFT_TOKENS);
  }

  /**
   * Guesses with the model's own modules for multi-token prediction; see {@link MultiTokenDrafter}.
   *
   * @param model that generates; must stay open
   */
  public static Speculation multiToken(CausalLm model, MultiTokenPrediction modules) {
    int most = Math.min(modules.count(), MOST_DRAFT_TOKENS);
    return new Speculation(sequence -> new MultiTokenDrafter(model, modules, sequence), most);
  }

  /** Returns whether tokens are guessed at all. */
  public boolean isOn() {
    return maxDraftTokens > 0;
  }

  /** Returns a copy that guesses at most this many tokens at a time. */
  public Speculation withMaxDraftTokens(int value) {
    return new Speculation(drafts, value);
  }
}
