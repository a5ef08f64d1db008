package dev.rapt.train.batch;

import dev.rapt.train.data.TextEncoder;
import dev.rapt.train.data.TokenDataset;

/** Checks of datasets and sizes, shared by windows and samplers. */
final class DatasetChecks {
  /** Java's largest arrays are a few elements smaller than an int can count. */
  private static final int MOST_TOKENS = Integer.MAX_VALUE - 8;

  private DatasetChecks() {}

  static void requireSeqLen(int seqLen) {
    if (seqLen < 1) {
      throw new IllegalArgumentException("context length: must be positive, got " + seqLen);
    }
  }

  /** A batch is at least one row, and an array holds all its tokens. */
  static void requireBatchSize(int batchSize, int seqLen) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size: must be positive, got " + batchSize);
    }
    int most = MOST_TOKENS / seqLen;
    if (batchSize > most) {
      throw new IllegalArgumentException(
          "batch size: must be at most %d with a context length of %d, got %d; use a smaller batch"
              .formatted(most, seqLen, batchSize));
    }
  }

  /** A full window needs one token more than it has positions. */
  static void requireFullWindow(TokenDataset dataset, int seqLen) {
    requireSeqLen(seqLen);
    if (dataset.size() <= seqLen) {
      throw new IllegalArgumentException(
          "dataset: must be longer than the context length, got "
              + dataset.size()
              + " tokens for a context of "
              + seqLen
              + "; use more text or a shorter context");
    }
  }

  static void requireDocuments(TokenDataset dataset) {
    if (dataset.endOfTextId() == TextEncoder.NONE) {
      throw new IllegalArgumentException(
          "dataset: documents must be marked, got a tokenizer without end-of-text token; use windows"
              + " that ignore documents");
    }
  }
}
