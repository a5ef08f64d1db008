package dev.rapt.generate.speculate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Guesses by prompt lookup: the last tokens are searched in prompt and continuation, and what
 * followed their latest occurrence is proposed. Long n-grams are searched before short ones. Pays
 * where a text repeats its prompt or itself: summaries, edits of code, answers from documents.
 * Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding; there, the first occurrence
 * is taken.
 *
 * @implNote A table has the end of the latest occurrence of each n-gram. It grows by a constant
 *     number of entries for each token, so that no step searches the text.
 */
public final class PromptLookup implements Drafter {
  /** Sizes of the n-grams that are searched. */
  private static final int LONGEST = 5, SHORTEST = 2;

  private final Map<Long, Integer> ends = new HashMap<>();

  /** Number of ids whose n-grams are in the table. */
  private int indexed;

  /** Creates a drafter for one sequence. */
  public PromptLookup() {}

  @Override
  public int[] draft(int[] ids, int length, int most, TokenChoice choice) {
    for (; indexed < length - 1; indexed++) {
      for (int n = SHORTEST; n <= Math.min(LONGEST, indexed + 1); n++) {
        ends.put(key(ids, indexed + 1, n), indexed + 1);
      }
    }
    for (int n = Math.min(LONGEST, length - 1); n >= SHORTEST; n--) {
      int end = ends.getOrDefault(key(ids, length, n), 0);
      if (end >= n && Arrays.equals(ids, end - n, end, ids, length - n, length)) {
        return following(ids, length, end, most, choice);
      }
    }
    return new int[0];
  }

  /**
   * Returns the ids from {@code end} on. Where they reach the end of the sequence they go on with
   * the guesses themselves, as a text does that repeats with this period.
   */
  private static int[] following(int[] ids, int length, int end, int most, TokenChoice choice) {
    int[] draft = new int[most];
    for (int i = 0; i < most; i++) {
      int from = end + i;
      draft[i] = from < length ? ids[from] : draft[from - length];
      if (choice.ends(draft[i])) {
        return Arrays.copyOf(draft, i + 1);
      }
    }
    return draft;
  }

  /** A hash of the n ids before {@code end}; equal hashes are compared id by id. */
  private static long key(int[] ids, int end, int n) {
    long hash = 0x632BE59BD9B4E019L * n;
    for (int i = end - n; i < end; i++) {
      hash = (hash ^ ids[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  @Override
  public void close() {}
}
