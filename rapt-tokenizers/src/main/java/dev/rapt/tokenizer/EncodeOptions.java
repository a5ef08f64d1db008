package dev.rapt.tokenizer;

import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import org.jspecify.annotations.Nullable;

/**
 * Options of encoding.
 *
 * @param addSpecialTokens whether the post-processor adds its special tokens
 * @param truncation how long texts are truncated; null for not at all
 * @param padding how a batch is padded to one length; null for not at all
 */
public record EncodeOptions(
    boolean addSpecialTokens, @Nullable Truncation truncation, @Nullable Padding padding) {

  /** Special tokens, no truncation, no padding. */
  public static final EncodeOptions DEFAULT = new EncodeOptions(true, null, null);

  /** No special tokens, no truncation, no padding. */
  public static final EncodeOptions PLAIN = new EncodeOptions(false, null, null);

  /**
   * Returns a copy with another truncation.
   *
   * @param newTruncation the truncation; null for none
   * @return the options
   */
  public EncodeOptions withTruncation(@Nullable Truncation newTruncation) {
    return new EncodeOptions(addSpecialTokens, newTruncation, padding);
  }

  /**
   * Returns a copy with another padding.
   *
   * @param newPadding the padding; null for none
   * @return the options
   */
  public EncodeOptions withPadding(@Nullable Padding newPadding) {
    return new EncodeOptions(addSpecialTokens, truncation, newPadding);
  }
}
