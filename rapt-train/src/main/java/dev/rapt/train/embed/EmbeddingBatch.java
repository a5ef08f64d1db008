package dev.rapt.train.embed;

import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.TextBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of pairs, triplets or scored pairs; each column is padded on its own.
 *
 * @param anchors B texts
 * @param positives B texts
 * @param negatives N texts, or null
 * @param owners N rows of the anchors to which the negatives belong
 * @param scores B scores of scored pairs
 * @param numTargets number of terms whose mean is the loss
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared
public record EmbeddingBatch(
    TextBatch anchors,
    TextBatch positives,
    @Nullable TextBatch negatives,
    int[] owners,
    float[] scores,
    long numTargets)
    implements Batch {
  /** Makes a batch of examples for this loss. */
  public static EmbeddingBatch of(List<EmbeddingExample> rows, int padId, EmbeddingLoss loss) {
    List<TextBatch.Text> negatives = new ArrayList<>();
    List<Integer> owners = new ArrayList<>();
    float[] scores = new float[rows.size()];
    for (int b = 0; b < rows.size(); b++) {
      scores[b] = rows.get(b).score();
      for (TextBatch.Text negative : rows.get(b).negatives()) {
        negatives.add(negative);
        owners.add(b);
      }
    }
    return new EmbeddingBatch(
        TextBatch.of(rows.stream().map(EmbeddingExample::anchor).toList(), padId),
        TextBatch.of(rows.stream().map(EmbeddingExample::positive).toList(), padId),
        negatives.isEmpty() ? null : TextBatch.of(negatives, padId),
        owners.stream().mapToInt(Integer::intValue).toArray(),
        scores,
        loss.numTargets(rows.size(), negatives.size()));
  }

  @Override
  public int batchSize() {
    return anchors.batchSize();
  }

  @Override
  public long numTokens() {
    return anchors.numTokens()
        + positives.numTokens()
        + (negatives == null ? 0 : negatives.numTokens());
  }
}
