package dev.rapt.train.batch;

import dev.rapt.train.data.TokenDataset;
import java.util.Arrays;

/** A dataset as numbered windows of at most {@code seqLen} targets each. */
public sealed interface Windows permits StreamWindows, PackedWindows, DocumentWindows {
  /** Length of a window in tokens. */
  int seqLen();

  /** Number of windows. */
  long count();

  /** The tokens. */
  TokenDataset dataset();

  /** The targets of a window. */
  Span span(long window);

  /** Whether batches mark where documents begin, so that attention stays inside them. */
  boolean separatesDocuments();

  /**
   * A range of targets.
   *
   * @param firstTarget position in the dataset of the first target; its input is the token before
   *     it, or the end-of-text token at the beginning of the dataset
   * @param count number of targets, at most seqLen
   */
  record Span(long firstTarget, int count) {}

  /** Returns the tokens of a window: its targets. */
  default int[] tokens(long window) {
    Span span = span(window);
    int[] tokens = new int[span.count()];
    dataset().copy(span.firstTarget(), tokens, 0, tokens.length);
    return tokens;
  }

  /** A batch of these windows, one per row; a negative number leaves its row without targets. */
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
