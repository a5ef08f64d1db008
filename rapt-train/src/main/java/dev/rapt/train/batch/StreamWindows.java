package dev.rapt.train.batch;

import dev.rapt.train.data.TokenDataset;

/**
 * A dataset as one stream, divided every {@code seqLen} tokens regardless of documents: every token
 * but the first is predicted in exactly one window. The last window may be shorter.
 *
 * @param dataset the tokens
 * @param seqLen length of a window in tokens
 * @param separatesDocuments whether batches mark where documents begin
 */
public record StreamWindows(TokenDataset dataset, int seqLen, boolean separatesDocuments)
    implements Windows {
  /**
   * Checks that there is something to predict.
   *
   * @throws IllegalArgumentException if the dataset has fewer than two tokens, or {@code
   *     separatesDocuments} is set and the dataset does not mark documents
   */
  public StreamWindows {
    DatasetChecks.requireSeqLen(seqLen);
    if (dataset.size() < 2) {
      throw new IllegalArgumentException(
          "dataset: must have at least 2 tokens to predict one, got "
              + dataset.size()
              + "; use more text");
    }
    if (separatesDocuments) {
      DatasetChecks.requireDocuments(dataset);
    }
  }

  @Override
  public long count() {
    return Math.ceilDiv(dataset.size() - 1, seqLen);
  }

  @Override
  public Span span(long window) {
    long first = 1 + window * seqLen;
    return new Span(first, (int) Math.min(seqLen, dataset.size() - first));
  }
}
