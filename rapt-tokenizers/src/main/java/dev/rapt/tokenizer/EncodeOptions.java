package dev.rapt.tokenizer;

import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import org.jspecify.annotations.Nullable;

/**
 * How texts are encoded.
 *
 * @param addSpecialTokens whether the post-processor adds its special tokens
 * @param truncation where long texts are cut; null: never
 * @param padding how a batch gets one length; null: it does not
 */
public record EncodeOptions(
    boolean addSpecialTokens, @Nullable Truncation truncation, @Nullable Padding padding) {

  /** With special tokens, whole, without padding. */
  public static final EncodeOptions DEFAULT = new EncodeOptions(true, null, null);

  /** Without special tokens, whole, without padding. */
  public static final EncodeOptions PLAIN = new EncodeOptions(false, null, null);

  public EncodeOptions withTruncation(@Nullable Truncation newTruncation) {
    return new EncodeOptions(addSpecialTokens, newTruncation, padding);
  }

  public EncodeOptions withPadding(@Nullable Padding newPadding) {
    return new EncodeOptions(addSpecialTokens, truncation, newPadding);
  }
}
