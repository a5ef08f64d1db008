package dev.rapt.train.batch;

import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.random.Philox;

/**
 * Windows at random positions, drawn with replacement, as in nanoGPT.
 *
 * @param dataset the tokens
 * @param batchSize windows per batch
 * @param seqLen length of a window in tokens
 * @param seed seed of the positions
 * @param separatesDocuments whether batches mark where documents begin
 */
public record RandomWindows(
    TokenDataset dataset, int batchSize, int seqLen, long seed, boolean separatesDocuments)
    implements BatchSampler<TokenBatch> {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if the dataset is not longer than the context length
   */
  public RandomWindows {
    DatasetChecks.requireFullWindow(dataset, seqLen);
    DatasetChecks.requireBatchSize(batchSize, seqLen);
    if (separatesDocuments) {
      DatasetChecks.requireDocuments(dataset);
    }
  }

  @Override
  public TokenBatch batch(long step) {
    int[] inputs = new int[batchSize * seqLen];
    int[] targets = new int[batchSize * seqLen];
    int[] row = new int[seqLen + 1];
    for (int b = 0; b < batchSize; b++) {
      dataset.copy(Philox.below(dataset.size() - seqLen, seed, step, b), row, 0, seqLen + 1);
      System.arraycopy(row, 0, inputs, b * seqLen, seqLen);
      System.arraycopy(row, 1, targets, b * seqLen, seqLen);
    }
    int[] starts =
        separatesDocuments
            ? TokenBatch.documentStart(inputs, targets, seqLen, dataset.endOfTextId())
            : null;
    return new TokenBatch(batchSize, seqLen, inputs, targets, starts);
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(dataset.size(), (long) batchSize * seqLen);
  }
}
