package dev.rapt.text;

import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts in windows that a model can read; neighbouring ones share tokens.
 *
 * @param windows of all texts, those of a text one after the other
 * @param textOf for each window its text
 * @param first for each text its first window, and behind the last the number of all
 * @param overlap tokens that neighbouring windows share
 */
record WindowedTexts(
    List<Encoding> windows, List<Integer> textOf, List<Integer> first, int overlap) {
  /** Tokens that neighbouring windows share unless something else is asked for. */
  static final int USUAL_OVERLAP = 128;

  /**
   * Encodes texts.
   *
   * @param maxTokens tokens of a window, special ones included
   * @param wanted tokens that neighbouring windows are to share; at most half of a window does
   * @throws IllegalArgumentException if that is negative
   */
  static WindowedTexts of(Tokenizer tokenizer, List<String> texts, int maxTokens, int wanted) {
    int overlap = Texts.overlap(tokenizer, maxTokens, wanted);
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

  /** Windows of a text. */
  int numWindows(int text) {
    return first.get(text + 1) - first.get(text);
  }

  /** The part of a list over all windows that is of a text. */
  <T> List<T> ofText(int text, List<T> all) {
    return all.subList(first.get(text), first.get(text + 1));
  }

  /** The mean over the windows of a text, weighted by their tokens without the special ones. */
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
