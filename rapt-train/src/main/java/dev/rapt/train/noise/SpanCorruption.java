package dev.rapt.train.noise;

import dev.rapt.train.random.Draws;
import java.util.Arrays;

/**
 * Span corruption of T5 (arXiv:1910.10683, section 3.1.4): spans of tokens are removed from the
 * text, each replaced by a sentinel of its own, and the decoder writes each sentinel and the span
 * that it stands for. Both sides end with the end token.
 *
 * <pre>
 * text     Thank you for inviting me to your party last week .
 * input    Thank you &lt;extra_id_0&gt; me to your party &lt;extra_id_1&gt; week . &lt;/s&gt;
 * target   &lt;extra_id_0&gt; for inviting &lt;extra_id_1&gt; last &lt;/s&gt;
 * </pre>
 *
 * <p>The numbers of tokens and spans are fixed by the length of the text, only their places are
 * random; a text begins with a span that is kept and ends with one that is removed, as in the
 * preprocessing of the T5 code ({@code random_spans_noise_mask}).
 *
 * @param density share of tokens to remove, in (0, 1); 0.15 in T5
 * @param meanSpan mean length of a removed span, at least 1; 3 in T5
 * @param sentinels ids of the sentinels, in the order of their use
 * @param endId id of the end token
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SpanCorruption(double density, double meanSpan, int[] sentinels, int endId) {
  /** Checks the rates. */
  public SpanCorruption {
    if (!(density > 0 && density < 1)) {
      throw new IllegalArgumentException("noise density: must be between 0 and 1, got " + density);
    }
    if (!(meanSpan >= 1) || Double.isInfinite(meanSpan)) {
      throw new IllegalArgumentException("mean span: must be at least 1 token, got " + meanSpan);
    }
  }

  /**
   * Corrupts a text.
   *
   * @throws IllegalArgumentException if it has fewer than two tokens, or so many that the sentinels
   *     do not suffice
   */
  public Denoising apply(int[] tokens, Draws draws) {
    int removed = numRemoved(tokens.length);
    int spans = numSpans(tokens.length);
    if (spans > sentinels.length) {
      throw new IllegalArgumentException(
          "span corruption: %d tokens need %d sentinels, but the tokenizer has %d; use shorter sequences"
              .formatted(tokens.length, spans, sentinels.length));
    }
    int[] kept = segments(tokens.length - removed, spans, draws);
    int[] cut = segments(removed, spans, draws);
    int[] inputs = new int[inputLength(tokens.length)];
    int[] targets = new int[targetLength(tokens.length)];
    int at = 0, in = 0, out = 0;
    for (int span = 0; span < spans; span++) {
      System.arraycopy(tokens, at, inputs, in, kept[span]);
      at += kept[span];
      in += kept[span];
      inputs[in++] = sentinels[span];
      targets[out++] = sentinels[span];
      System.arraycopy(tokens, at, targets, out, cut[span]);
      at += cut[span];
      out += cut[span];
    }
    inputs[in] = endId;
    targets[out] = endId;
    return new Denoising(inputs, targets);
  }

  /** Returns the length of the corrupted text, end token included. */
  public int inputLength(int length) {
    return length - numRemoved(length) + numSpans(length) + 1;
  }

  /** Returns the length of the target, end token included. */
  public int targetLength(int length) {
    return numRemoved(length) + numSpans(length) + 1;
  }

  /**
   * Returns the length of the longest text whose corrupted form has at most so many tokens.
   *
   * @throws IllegalArgumentException if even two tokens are too many
   */
  public int textLength(int maxInputLength) {
    int length = 2;
    if (inputLength(length) > maxInputLength) {
      throw new IllegalArgumentException(
          "sequence length: must be at least %d, got %d"
              .formatted(inputLength(length), maxInputLength));
    }
    while (inputLength(length + 1) <= maxInputLength) {
      length++;
    }
    return length;
  }

  private int numRemoved(int length) {
    if (length < 2) {
      throw new IllegalArgumentException(
          "span corruption: a text must have at least 2 tokens, got " + length);
    }
    return (int) Math.clamp(Math.rint(length * density), 1, length - 1);
  }

  /** At most as many spans as tokens to keep, since a kept span lies before each. */
  private int numSpans(int length) {
    int removed = numRemoved(length);
    int spans = (int) Math.max(1, Math.rint(removed / meanSpan));
    return Math.min(spans, Math.min(removed, length - removed));
  }

  /** Divides a number of tokens into so many parts of at least one token, uniformly at random. */
  private static int[] segments(int tokens, int parts, Draws draws) {
    int[] places = new int[tokens - 1]; // 1 where a new part begins behind the token
    Arrays.fill(places, 0, parts - 1, 1);
    draws.shuffle(places);
    int[] lengths = new int[parts];
    int part = 0;
    for (int i = 0; i < tokens; i++) {
      lengths[part]++;
      part += i < places.length ? places[i] : 0;
    }
    return lengths;
  }
}
