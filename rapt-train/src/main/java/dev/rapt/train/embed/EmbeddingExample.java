package dev.rapt.train.embed;

import dev.rapt.train.batch.TextBatch.Text;
import java.util.List;

/**
 * A pair, a triplet or a scored pair of texts.
 *
 * @param anchor the anchor, or the first text of a scored pair
 * @param positive the positive, or the second text of a scored pair
 * @param negatives the hard negatives; empty if there are none
 * @param textIds numbers of its texts, equal for equal texts
 * @param score score of a scored pair; 0 for others
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EmbeddingExample(
    Text anchor, Text positive, List<Text> negatives, int[] textIds, float score) {
  /** Returns the number of tokens of the longest text. */
  public int longest() {
    int most = Math.max(anchor.ids().length, positive.ids().length);
    for (Text negative : negatives) {
      most = Math.max(most, negative.ids().length);
    }
    return most;
  }
}
