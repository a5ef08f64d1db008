package dev.rapt.tokenizer.postprocess;

import org.jspecify.annotations.Nullable;

/**
 * How long texts are cut.
 *
 * @param maxLength tokens, with the special ones
 * @param stride tokens that neighbouring parts share
 * @param left whether the begin of the text is cut off
 */
public record Truncation(int maxLength, Strategy strategy, int stride, boolean left) {

  public Truncation {
    if (maxLength < 0 || stride < 0) {
      throw new IllegalArgumentException(
          "truncation: max_length and stride must not be negative, got "
              + maxLength
              + " and "
              + stride);
    }
  }

  /** Cuts the end off, at {@code maxLength} tokens. */
  public static Truncation to(int maxLength) {
    return new Truncation(maxLength, Strategy.LONGEST_FIRST, 0, false);
  }

  /** Which of two texts is cut. */
  public enum Strategy {
    LONGEST_FIRST,
    ONLY_FIRST,
    ONLY_SECOND
  }

  /**
   * Cuts one text or a pair.
   *
   * @param addedTokens special tokens that will be added
   * @throws IllegalArgumentException if the text that may be cut is too short
   */
  public void apply(Draft first, @Nullable Draft second, int addedTokens) {
    int budget = maxLength - addedTokens;
    if (budget < 0) {
      throw new IllegalArgumentException(
          "truncation: max_length must leave room for the special tokens, got "
              + maxLength
              + " and "
              + addedTokens);
    }
    int total = first.size() + (second == null ? 0 : second.size());
    if (budget == 0) {
      first.truncate(0, stride, left);
      if (second != null) {
        second.truncate(0, stride, left);
      }
      return;
    }
    if (total <= budget) {
      return;
    }
    if (strategy == Strategy.LONGEST_FIRST) {
      longestFirst(first, second, budget);
      return;
    }
    Draft target = strategy == Strategy.ONLY_FIRST ? first : second;
    int kept = target == null ? 0 : target.size() - (total - budget);
    if (target == null || kept <= 0) {
      throw new IllegalArgumentException(
          "truncation: the text to cut must be longer than the "
              + (total - budget)
              + " tokens to remove, got "
              + (target == null ? "no second text" : target.size() + " tokens"));
    }
    target.truncate(kept, stride, left);
  }

  private void longestFirst(Draft first, @Nullable Draft second, int budget) {
    if (second == null) {
      first.truncate(budget, stride, left);
      return;
    }
    boolean swapped = first.size() > second.size();
    int shorter = Math.min(first.size(), second.size());
    int longer = shorter > budget ? shorter : Math.max(shorter, budget - shorter);
    if (shorter + longer > budget) {
      shorter = budget / 2;
      longer = shorter + budget % 2;
    }
    first.truncate(swapped ? longer : shorter, stride, left);
    second.truncate(swapped ? shorter : longer, stride, left);
  }
}
