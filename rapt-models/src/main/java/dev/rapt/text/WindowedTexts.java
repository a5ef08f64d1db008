package dev.rapt.text;

import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts in overlapping windows that a model can read.
 *
 * @param windows of all texts, in the order of the texts
 * @param textOf for each window the index of its text
 * @param first for each text the index of its first window; at the end the number of windows
 * @param overlap tokens that neighbouring windows share
 */
record WindowedTexts(
    List<Encoding> windows, List<Integer> textOf, List<Integer> first, int overlap) {
  /** Default number of tokens that neighbouring windows share. */
  static final int DEFAULT_OVERLAP = 128;

  /**
   * Encodes texts.
   *
   * @param maxTokens tokens of a window, special tokens included
   * @param requested tokens that neighbouring windows share; at most half of a window
   * @throws IllegalArgumentException if the overlap is negative
   */
  static WindowedTexts of(Tokenizer tokenizer, List<String> texts, int maxTokens, int requested) {
    int overlap = Texts.overlap(tokenizer, maxTokens, requested);
    List<Encoding> windows = new ArrayList<>();
    List<Integer> textOf = new ArrayList<>();
    List<Integer> first = new ArrayList<>(List.of(0));
    for (int i = 0; i < texts.size(); i++) {
      for (Encoding window : Texts.windows(tokenizer, texts.get(i), maxTokens, overlap)) {
        windows.add(window);
        textOf.add(i);
      }
      first.add(windows.size());
    }
    return new WindowedTexts(windows, textOf, first, overlap);
  }

  /** Number of windows of a text. */
  int numWindows(int text) {
    return first.get(text + 1) - first.get(text);
  }

  /** The sublist for the windows of one text. */
  <T> List<T> ofText(int text, List<T> all) {
    return all.subList(first.get(text), first.get(text + 1));
  }

  /** The mean over the windows of a text, weighted by their tokens without special tokens. */
  double[] mean(int text, List<double[]> all) {
    List<Encoding> encodings = ofText(text, windows);
    List<double[]> values = ofText(text, all);
    if (values.size() == 1) {
      return values.getFirst();
    }
    double[] mean = new double[values.getFirst().length];
    double total = 0;
    for (int w = 0; w < values.size(); w++) {
      int tokens = encodings.get(w).size() - special(encodings.get(w));
      total += tokens;
      for (int i = 0; i < mean.length; i++) {
        mean[i] += tokens * values.get(w)[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= total;
    }
    return mean;
  }

  private static int special(Encoding window) {
    int count = 0;
    for (int mask : window.specialTokensMask()) {
      count += mask;
    }
    return count;
  }
}
