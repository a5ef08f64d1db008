package dev.rapt.train.batch;

import java.util.Arrays;
import java.util.List;

/**
 * Sources and the targets that an encoder-decoder makes of them.
 *
 * @param source the sources, padded on the right
 * @param targetLen tokens of the longest target, U
 * @param targets (B, U) the targets, {@link TokenBatch#IGNORED} behind their end
 * @param numTargets number of targets that count in the loss
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record SourceTargetBatch(TextBatch source, int targetLen, int[] targets, long numTargets)
    implements Batch {
  /**
   * Pads sources and targets.
   *
   * @param padId id of padding in the sources
   */
  public static SourceTargetBatch of(List<int[]> sources, List<int[]> targets, int padId) {
    List<TextBatch.Text> texts =
        sources.stream().map(ids -> new TextBatch.Text(ids, new int[ids.length])).toList();
    int U = targets.stream().mapToInt(target -> target.length).max().orElse(0);
    int[] padded = new int[targets.size() * U];
    Arrays.fill(padded, TokenBatch.IGNORED);
    long count = 0;
    for (int b = 0; b < targets.size(); b++) {
      int[] target = targets.get(b);
      System.arraycopy(target, 0, padded, b * U, target.length);
      count += target.length;
    }
    return new SourceTargetBatch(TextBatch.of(texts, padId), U, padded, count);
  }

  @Override
  public int batchSize() {
    return source.batchSize();
  }

  @Override
  public long numTokens() {
    return source.numTokens() + targets.length;
  }
}
