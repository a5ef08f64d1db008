package dev.rapt.train.task.token;

import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The words of a sentence as tokens. The words are joined by spaces, so that a model reads the same
 * tokens in training as in a text; a sentence that is too long is read in windows.
 *
 * @param windows the tokens
 * @param firstTokens for each window and token the index of the word that the token begins, or -1
 */
record WordAlignment(List<Encoding> windows, List<int[]> firstTokens) {
  /**
   * Encodes a sentence.
   *
   * @param maxTokens most tokens of a window, special tokens included
   */
  static WordAlignment of(Tokenizer tokenizer, List<String> words, int maxTokens) {
    Truncation whole = new Truncation(maxTokens, Truncation.Strategy.LONGEST_FIRST, 0, false);
    List<Encoding> windows = tokenizer.encodeInWindows(String.join(" ", words), null, whole);
    int[] ends = ends(words);
    List<int[]> firstTokens = new ArrayList<>();
    int before = -1; // the word of the token before
    int read = 0;
    for (Encoding window : windows) {
      int[] texts = window.sequenceIds();
      int[] begun = new int[window.size()];
      Arrays.fill(begun, -1);
      for (int t = 0; t < begun.length; t++) {
        if (texts[t] == 0) {
          // some tokenizers leave out the space, so that a token of a space alone is empty
          boolean isEmpty = window.start(t) == window.end(t);
          int last = isEmpty ? Math.max(window.start(t), read) : window.end(t) - 1;
          int word = wordAt(ends, last);
          begun[t] = word == before ? -1 : word;
          before = word;
          read = Math.max(read, window.end(t));
        }
      }
      firstTokens.add(begun);
    }
    return new WordAlignment(windows, firstTokens);
  }

  /** Returns the end of each word in the joined text, in code points. */
  private static int[] ends(List<String> words) {
    int[] ends = new int[words.size()];
    int at = 0;
    for (int i = 0; i < ends.length; i++) {
      String word = words.get(i);
      ends[i] = at + word.codePointCount(0, word.length());
      at = ends[i] + 1;
    }
    return ends;
  }

  /** Returns the word of a code point; a space is of the word behind it. */
  private static int wordAt(int[] ends, int codePoint) {
    int found = Arrays.binarySearch(ends, codePoint + 1);
    return found >= 0 ? found : -found - 1;
  }
}
