package dev.rapt.train.noise;

import dev.rapt.train.random.Draws;
import java.util.Arrays;

/**
 * The other noises that BART compares (arXiv:1910.13461, section 2.2). The decoder writes the whole
 * text.
 */
public final class TextNoise {
  private TextNoise() {}

  /** Token masking: each token is replaced by the mask token with this probability. */
  public static int[] mask(int[] tokens, double probability, int maskId, Draws draws) {
    int[] result = tokens.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = draws.happens(probability) ? maskId : result[i];
    }
    return result;
  }

  /** Token deletion: each token is deleted with this probability. */
  public static int[] delete(int[] tokens, double probability, Draws draws) {
    int[] result = new int[tokens.length];
    int size = 0;
    for (int token : tokens) {
      if (!draws.happens(probability)) {
        result[size++] = token;
      }
    }
    return Arrays.copyOf(result, size);
  }

  /** Document rotation: the text begins at a random token. */
  public static int[] rotate(int[] tokens, Draws draws) {
    if (tokens.length == 0) {
      return tokens.clone();
    }
    int start = draws.below(tokens.length);
    int[] result = new int[tokens.length];
    System.arraycopy(tokens, start, result, 0, tokens.length - start);
    System.arraycopy(tokens, 0, result, tokens.length - start, start);
    return result;
  }

  /**
   * Sentence permutation: the sentences stand in random order.
   *
   * @param starts first token of each sentence, ascending, the first 0
   */
  public static int[] permuteSentences(int[] tokens, int[] starts, Draws draws) {
    int[] order = new int[starts.length];
    Arrays.setAll(order, i -> i);
    draws.shuffle(order);
    int[] result = new int[tokens.length];
    int size = 0;
    for (int sentence : order) {
      int from = starts[sentence];
      int to = sentence + 1 < starts.length ? starts[sentence + 1] : tokens.length;
      System.arraycopy(tokens, from, result, size, to - from);
      size += to - from;
    }
    return result;
  }
}
