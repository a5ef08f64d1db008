package dev.rapt.train.noise;

import dev.rapt.train.random.Draws;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Masking of tokens for masked language models. Of the tokens of a text that are not special, a
 * share is chosen and predicted; of these most are replaced by the mask token, half of the others
 * by a random token of the vocabulary, and the rest stay. BERT replaces 80% by the mask token:
 * arXiv:1810.04805, section 3.1 and appendix A.1.
 *
 * <p>Masking is dynamic (RoBERTa, arXiv:1907.11692, section 4.1) if the draws differ at each visit
 * of a text, static if they do not.
 *
 * @param probability share of tokens to choose, in (0, 1)
 * @param maskId id of the mask token
 * @param vocabSize random tokens are below
 * @param special ids that are never chosen
 * @param continues ids that continue the word of the token before, for whole-word masking: all
 *     tokens of a word are chosen or none; null to choose tokens
 * @param maskedShare share of the chosen tokens that the mask token replaces
 */
public record TokenMasking(
    double probability,
    int maskId,
    int vocabSize,
    BitSet special,
    @Nullable BitSet continues,
    double maskedShare) {
  /** Share of the chosen tokens that the mask token replaces in BERT. */
  public static final double BERT_SHARE = 0.8;

  private static final double RANDOM_OF_REST = 0.5;

  /** Masking in the shares of BERT. */
  public TokenMasking(
      double probability, int maskId, int vocabSize, BitSet special, @Nullable BitSet continues) {
    this(probability, maskId, vocabSize, special, continues, BERT_SHARE);
  }

  /** Checks the probability. */
  public TokenMasking {
    if (!(probability > 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "masking probability: must be between 0 and 1, got " + probability);
    }
  }

  /** Corrupts a text; each token, or each word, is chosen independently. */
  public Denoising apply(int[] tokens, Draws draws) {
    int[] inputs = tokens.clone();
    int[] targets = new int[tokens.length];
    Arrays.fill(targets, Denoising.IGNORED);
    boolean chosen = false;
    for (int i = 0; i < tokens.length; i++) {
      if (special.get(tokens[i])) {
        chosen = false;
        continue;
      }
      boolean continued =
          continues != null && continues.get(tokens[i]) && i > 0 && !special.get(tokens[i - 1]);
      chosen = continued ? chosen : draws.happens(probability);
      if (chosen) {
        targets[i] = tokens[i];
        inputs[i] = replacement(tokens[i], draws);
      }
    }
    return new Denoising(inputs, targets);
  }

  private int replacement(int token, Draws draws) {
    if (draws.happens(maskedShare)) {
      return maskId;
    }
    return draws.happens(RANDOM_OF_REST) ? draws.below(vocabSize) : token;
  }
}
