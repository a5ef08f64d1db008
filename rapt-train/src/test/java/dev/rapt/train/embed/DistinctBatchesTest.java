package dev.rapt.train.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.loss.VectorSimilarity;
import dev.rapt.train.batch.TextBatch.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DistinctBatchesTest {
  private static final EmbeddingLoss LOSS =
      new EmbeddingLoss(EmbeddingLoss.Kind.RANKING, VectorSimilarity.COSINE, 20, 0, new int[0]);

  /** The first token of an anchor is the number of its example, that of a text its number. */
  private static EmbeddingExample example(int number, int anchor, int positive) {
    return new EmbeddingExample(
        new Text(new int[] {number, anchor}, new int[2]),
        new Text(new int[] {positive}, new int[1]),
        List.of(),
        new int[] {anchor, positive},
        0);
  }

  private static DistinctBatches batches(List<EmbeddingExample> rows, int batchSize) {
    return new DistinctBatches(rows, batchSize, 7, part -> EmbeddingBatch.of(part, 0, LOSS));
  }

  private static List<Integer> numbers(EmbeddingBatch batch) {
    List<Integer> numbers = new ArrayList<>();
    for (int b = 0; b < batch.batchSize(); b++) {
      numbers.add(batch.anchors().ids()[2 * b]);
    }
    return numbers;
  }

  @Test
  void noTextOccursTwiceInABatchAndFewExamplesAreLeftOut() {
    List<EmbeddingExample> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(example(i, i % 40, 1000 + i % 67));
    }
    DistinctBatches batches = batches(rows, 16);
    Set<Integer> seen = new HashSet<>();
    for (long step = 0; step < batches.stepsPerEpoch(); step++) {
      EmbeddingBatch batch = batches.batch(step);
      Set<Integer> texts = new HashSet<>();
      for (int number : numbers(batch)) {
        assertThat(seen.add(number)).isTrue();
        Arrays.stream(rows.get(number).textIds())
            .forEach(id -> assertThat(texts.add(id)).as("text %d", id).isTrue());
      }
    }
    assertThat(seen.size()).isGreaterThan(190);
  }

  @Test
  void fewAnchorsGiveSmallBatchesInsteadOfLeavingExamplesOut() {
    List<EmbeddingExample> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(example(i, i % 3, 1000 + i));
    }
    DistinctBatches batches = batches(rows, 16);
    assertThat(batches.stepsPerEpoch()).isEqualTo(20);
    long used = 0;
    for (long step = 0; step < 20; step++) {
      used += batches.batch(step).batchSize();
    }
    assertThat(used).isEqualTo(60);
  }

  @Test
  void aBatchDependsOnItsStepAlone() {
    List<EmbeddingExample> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rows.add(example(i, i % 20, 1000 + i));
    }
    DistinctBatches first = batches(rows, 8), second = batches(rows, 8);
    List<Integer> late = numbers(first.batch(17));
    for (long step = 0; step < 17; step++) {
      second.batch(step);
    }
    assertThat(numbers(second.batch(17))).isEqualTo(late);
    assertThat(numbers(second.batch(3))).isEqualTo(numbers(first.batch(3)));
  }
}
