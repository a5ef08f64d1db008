package dev.rapt.train.data;

import java.util.Arrays;

/** A dataset as numbered windows of at most {@code seqLen} predictions each. */
public sealed interface Windows permits StreamWindows, PackedWindows {
  int seqLen();

  long count();

  /** The dataset that the windows are of. */
  TokenDataset dataset();

  /** The window from which the positions of one row of a batch are filled. */
  Span span(long window);

  /** Whether batches say where documents begin, so that attention can stay inside them. */
  boolean separatesDocuments();

  /**
   * Tokens to predict.
   *
   * @param firstTarget position in the dataset of the first token to predict; the input before it
   *     is the token at firstTarget - 1, or the end-of-text token at the beginning of the dataset
   * @param count number of tokens to predict, at most seqLen
   */
  record Span(long firstTarget, int count) {}

  /** Batches of the given windows, row by row; a negative number leaves its row empty. */
  default TokenBatch batch(long[] windows) {
    int B = windows.length;
    int T = seqLen();
    TokenDataset dataset = dataset();
    int filler = Math.max(dataset.endOfTextId(), 0);
    int[] inputs = new int[B * T];
    int[] targets = new int[B * T];
    int[] row = new int[T + 1];
    for (int b = 0; b < B; b++) {
      Span span = windows[b] < 0 ? new Span(1, 0) : span(windows[b]);
      int n = span.count();
      if (span.firstTarget() > 0) {
        dataset.copy(span.firstTarget() - 1, row, 0, n == 0 ? 0 : n + 1);
      } else {
        row[0] = filler;
        dataset.copy(0, row, 1, n);
      }
      System.arraycopy(row, 0, inputs, b * T, n);
      System.arraycopy(row, 1, targets, b * T, n);
      Arrays.fill(inputs, b * T + n, (b + 1) * T, filler);
      Arrays.fill(targets, b * T + n, (b + 1) * T, TokenBatch.IGNORED);
    }
    return new TokenBatch(
        B,
        T,
        inputs,
        targets,
        separatesDocuments()
            ? TokenBatch.documentStart(inputs, targets, T, dataset.endOfTextId())
            : null);
  }
}
