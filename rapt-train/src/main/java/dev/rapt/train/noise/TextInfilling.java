package dev.rapt.train.noise;

import dev.rapt.train.random.Draws;
import java.util.Arrays;

/**
 * Text infilling of BART (arXiv:1910.13461, section 2.2): spans are replaced by a single mask token
 * each, and the decoder writes the whole text. The lengths of spans follow a Poisson distribution;
 * a span of length 0 inserts a mask token.
 *
 * @param ratio share of tokens to replace, in (0, 1); 0.3 in BART
 * @param meanSpan mean of the Poisson distribution; 3 in BART
 * @param maskId id of the mask token
 */
public record TextInfilling(double ratio, double meanSpan, int maskId) {
  private static final int KEPT = -1;

  /** Checks the rates. */
  public TextInfilling {
    if (!(ratio > 0 && ratio < 1)) {
      throw new IllegalArgumentException("mask ratio: must be between 0 and 1, got " + ratio);
    }
    if (!(meanSpan > 0) || meanSpan > 100) {
      throw new IllegalArgumentException("mean span: must be in (0, 100], got " + meanSpan);
    }
  }

  /**
   * Returns the text with masks, of another length. Spans are drawn until the share is reached; the
   * last one is cut to it. They are laid out in random order between the tokens that stay.
   */
  public int[] apply(int[] tokens, Draws draws) {
    int budget = (int) Math.rint(tokens.length * ratio);
    int[] spans = new int[16];
    int numSpans = 0;
    while (budget > 0) {
      int length = Math.min(budget, draws.poisson(meanSpan));
      spans = numSpans == spans.length ? Arrays.copyOf(spans, 2 * numSpans) : spans;
      spans[numSpans++] = length;
      budget -= length;
    }
    return place(tokens, Arrays.copyOf(spans, numSpans), draws);
  }

  /** Each span, and each token that stays, is one item of a random sequence. */
  private int[] place(int[] tokens, int[] spans, Draws draws) {
    int kept = tokens.length - Arrays.stream(spans).sum();
    int[] items = new int[kept + spans.length]; // length of a span, or KEPT
    Arrays.fill(items, KEPT);
    System.arraycopy(spans, 0, items, 0, spans.length);
    draws.shuffle(items);
    int[] result = new int[items.length];
    int at = 0;
    for (int i = 0; i < items.length; i++) {
      boolean stays = items[i] == KEPT;
      result[i] = stays ? tokens[at] : maskId;
      at += stays ? 1 : items[i];
    }
    return result;
  }
}
