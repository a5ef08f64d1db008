package dev.rapt.train.batch;

import dev.rapt.train.random.Philox;

/**
 * A curriculum: rows of easy text, which then give way to rows of the text that is to be learnt.
 * After the easy rows alone, a row is easy with a probability that falls linearly from 1 to 0 over
 * the mixed rows. Later rows are those of {@link ShuffledWindows}.
 *
 * @param easy windows of the easy text
 * @param windows windows of the text that is to be learnt, of the same length
 * @param easyRows rows at the beginning of the run that are all easy
 * @param mixedRows rows after those in which the easy text gives way
 * @param seed of the order and of the choice between the two texts
 */
public record CurriculumWindows(
    Windows easy, Windows windows, long easyRows, long mixedRows, int batchSize, long seed)
    implements BatchSampler<TokenBatch> {
  private static final long CHOICE = -2; // a counter that no epoch has

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if the windows differ in length or in whether they separate
   *     documents, or a number of rows is negative
   */
  public CurriculumWindows {
    DatasetChecks.requireBatchSize(batchSize, windows.seqLen());
    if (easy.seqLen() != windows.seqLen()
        || easy.separatesDocuments() != windows.separatesDocuments()) {
      throw new IllegalArgumentException(
          "curriculum: both texts must have windows of one kind and length, got "
              + easy.seqLen()
              + " and "
              + windows.seqLen()
              + " tokens");
    }
    if (easyRows < 0 || mixedRows < 0) {
      throw new IllegalArgumentException(
          "curriculum: rows must be 0 or more, got " + easyRows + " and " + mixedRows);
    }
  }

  @Override
  public int seqLen() {
    return windows.seqLen();
  }

  @Override
  public TokenBatch batch(long step) {
    TokenBatch batch = new ShuffledWindows(windows, batchSize, seed).batch(step);
    long firstRow = step * batchSize;
    if (firstRow < easyRows + mixedRows) {
      TokenBatch other = new ShuffledWindows(easy, batchSize, seed).batch(step);
      for (int b = 0; b < batchSize; b++) {
        if (isEasy(firstRow + b)) {
          copyRow(other, batch, b);
        }
      }
    }
    return batch;
  }

  private boolean isEasy(long row) {
    long mixed = row - easyRows;
    return mixed < 0 || (mixed < mixedRows && Philox.below(mixedRows, seed, CHOICE, row) >= mixed);
  }

  private static void copyRow(TokenBatch from, TokenBatch to, int row) {
    int T = to.seqLen();
    System.arraycopy(from.inputs(), row * T, to.inputs(), row * T, T);
    System.arraycopy(from.targets(), row * T, to.targets(), row * T, T);
    int[] starts = to.documentStart();
    int[] easyStarts = from.documentStart();
    if (starts != null && easyStarts != null) {
      System.arraycopy(easyStarts, row * T, starts, row * T, T);
    }
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(windows.count(), batchSize);
  }
}
