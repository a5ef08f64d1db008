package dev.rapt.train.pretrain.encoder;

import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.objective.PairPretrainingObjective;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.WordStarts;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Pairs of texts for masked language modelling: {@code [CLS] A [SEP] B [SEP]}. A window of one
 * document is divided at the end of a sentence, or between any two tokens where it has none. For
 * half of the pairs, B is the end of another window (next-sentence prediction), or A and B change
 * places (sentence-order prediction).
 *
 * @param texts masking and special tokens
 * @param ends tokens that end a sentence
 * @param ofOrder whether the order is predicted rather than the next sentence
 */
record SentencePairs(MaskedTexts texts, BitSet ends, boolean ofOrder) {
  private static final String NEXT = "next";
  private static final String ORDER = "order";
  private static final int ADDED = 3;
  private static final double HALF = 0.5;

  static SentencePairs of(PretrainSetup setup, MaskedTexts texts) {
    String kind = setup.text("pairs", "none");
    if (!kind.equals(NEXT) && !kind.equals(ORDER)) {
      throw new IllegalArgumentException(
          "pairs: must be none, %s or %s, got %s".formatted(NEXT, ORDER, kind));
    }
    return new SentencePairs(texts, WordStarts.sentenceEnds(setup.tokenizer()), kind.equals(ORDER));
  }

  /** Returns the most tokens of a window of text. */
  int room() {
    return texts.seqLen() - ADDED;
  }

  /**
   * Makes a batch of windows.
   *
   * @param others where second texts that do not follow come from
   */
  TargetBatch<PairPretrainingObjective.Targets> batch(
      List<int[]> windows, List<Draws> draws, Windows others) {
    List<Denoising> masked = new ArrayList<>();
    List<TextBatch.Text> rows = new ArrayList<>();
    int[] pairs = new int[windows.size()];
    for (int i = 0; i < windows.size(); i++) {
      Draws random = draws.get(i);
      int[] window = windows.get(i);
      int cut = cut(window, random);
      int[] first = Arrays.copyOf(window, cut);
      int[] second = Arrays.copyOfRange(window, cut, window.length);
      boolean follows = random.happens(HALF);
      pairs[i] = follows ? 0 : 1;
      int[] a = follows || !ofOrder ? first : second;
      int[] b = follows ? second : ofOrder ? first : other(others, room() - first.length, random);
      masked.add(texts.masking().apply(joined(a, b), random));
      int[] types = new int[masked.getLast().inputs().length];
      Arrays.fill(types, a.length + 2, types.length, 1);
      rows.add(new TextBatch.Text(masked.getLast().inputs(), types));
    }
    TextBatch batch = TextBatch.of(rows, texts.padId());
    return new TargetBatch<>(
        batch,
        new PairPretrainingObjective.Targets(MaskedTexts.targets(masked, batch.seqLen()), pairs),
        masked.stream().mapToLong(Denoising::predicted).sum());
  }

  /** Returns where a window is divided: behind a random end of a sentence, if it has one. */
  private int cut(int[] window, Draws random) {
    int[] places = new int[window.length];
    int count = 0;
    for (int i = 1; i < window.length; i++) {
      if (ends.get(window[i - 1])) {
        places[count++] = i;
      }
    }
    return count > 0 ? places[random.below(count)] : 1 + random.below(window.length - 1);
  }

  /** Returns the end of a random window, at most so many tokens. */
  private int[] other(Windows windows, int most, Draws random) {
    long count = windows.count();
    long number = (long) (random.uniform() * count);
    int[] window = windows.tokens(Math.min(number, count - 1));
    int from = Math.max(cut(window, random), window.length - most);
    return Arrays.copyOfRange(window, from, window.length);
  }

  private int[] joined(int[] a, int[] b) {
    int[] text = new int[a.length + b.length + ADDED];
    text[0] = texts.clsId();
    System.arraycopy(a, 0, text, 1, a.length);
    text[a.length + 1] = texts.sepId();
    System.arraycopy(b, 0, text, a.length + 2, b.length);
    text[text.length - 1] = texts.sepId();
    return text;
  }
}
