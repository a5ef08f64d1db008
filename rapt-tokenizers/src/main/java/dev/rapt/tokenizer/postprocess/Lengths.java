package dev.rapt.tokenizer.postprocess;

import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Truncates and pads encodings. */
public final class Lengths {
  private Lengths() {}

  /**
   * Truncates one text or a pair.
   *
   * @param second null for one text
   * @param addedTokens special tokens that the post-processor will add
   * @throws IllegalArgumentException if the text that may be cut is too short
   */
  public static void truncate(
      Draft first, @Nullable Draft second, Truncation truncation, int addedTokens) {
    int maxLength = truncation.maxLength();
    int stride = truncation.stride();
    boolean left = truncation.left();
    int budget = maxLength - addedTokens;
    if (budget < 0) {
      throw new IllegalArgumentException(
          "truncation: max_length must leave room for the special tokens, got max_length "
              + maxLength
              + " and "
              + addedTokens
              + " special tokens");
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
    if (truncation.strategy() == Truncation.Strategy.LONGEST_FIRST) {
      longestFirst(first, second, truncation, budget);
      return;
    }
    Draft target = truncation.strategy() == Truncation.Strategy.ONLY_FIRST ? first : second;
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

  private static void longestFirst(
      Draft first, @Nullable Draft second, Truncation truncation, int budget) {
    int stride = truncation.stride();
    boolean left = truncation.left();
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

  /** Pads every encoding of a batch to one length. */
  public static void pad(List<Draft> batch, Padding padding) {
    int length = padding.fixedLength();
    if (length == 0) {
      for (Draft draft : batch) {
        length = Math.max(length, draft.size());
      }
    }
    if (padding.multipleOf() > 0) {
      length = Math.ceilDiv(length, padding.multipleOf()) * padding.multipleOf();
    }
    for (Draft draft : batch) {
      draft.pad(length, padding);
    }
  }
}
