package dev.rapt.train.batch;

import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;

/**
 * Every window once per epoch, in a different random order each epoch. An epoch may end in the
 * middle of a batch, which then continues with the next epoch.
 *
 * @param windows the windows
 * @param batchSize windows per batch
 * @param seed seed of the orders
 */
public record ShuffledWindows(Windows windows, int batchSize, long seed)
    implements BatchSampler<TokenBatch> {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if the windows are of a stream that is not longer than one
   */
  public ShuffledWindows {
    DatasetChecks.requireBatchSize(batchSize, windows.seqLen());
    if (windows instanceof StreamWindows) {
      DatasetChecks.requireFullWindow(windows.dataset(), windows.seqLen());
    }
  }

  @Override
  public int seqLen() {
    return windows.seqLen();
  }

  @Override
  public TokenBatch batch(long step) {
    long count = windows.count();
    long[] rows = new long[batchSize];
    for (int b = 0; b < batchSize; b++) {
      long index = Math.addExact(Math.multiplyExact(step, (long) batchSize), b);
      long epochKey = Philox.bits(seed, -1, index / count);
      rows[b] = new KeyedPermutation(count, epochKey).at(index % count);
    }
    return windows.batch(rows);
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(windows.count(), batchSize);
  }
}
