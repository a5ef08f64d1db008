package dev.rapt.tokenizer.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PairMergerTest {
  private static final int LETTERS = 4;

  /** Returns merges of random pairs; each creates a new token. */
  private static MergeTable randomMerges(Random random, int count) {
    int[] left = new int[count];
    int[] right = new int[count];
    int[] result = new int[count];
    for (int i = 0; i < count; i++) {
      left[i] = random.nextInt(LETTERS + i);
      right[i] = random.nextInt(LETTERS + i);
      result[i] = LETTERS + i;
    }
    return new MergeTable(left, right, result);
  }

  private static List<Integer> simple(MergeTable merges, int[] word) {
    List<Integer> ids = new ArrayList<>();
    for (int id : word) {
      ids.add(id);
    }
    while (true) {
      long best = MergeTable.NONE;
      int at = -1;
      for (int i = 0; i + 1 < ids.size(); i++) {
        long pair = merges.find(ids.get(i), ids.get(i + 1));
        if (pair < best) {
          best = pair;
          at = i;
        }
      }
      if (at < 0) {
        return ids;
      }
      ids.set(at, (int) best);
      ids.subList(at + 1, at + 2).clear();
    }
  }

  @Test
  void scanAndHeapEqualTheSimpleAlgorithm() {
    Random random = new Random(3);
    PairMerger merger = new PairMerger();
    for (int round = 0; round < 400; round++) {
      MergeTable merges = randomMerges(random, 40);
      int[] word = random.ints(1 + random.nextInt(200), 0, LETTERS).toArray();
      merger.clear();
      for (int id : word) {
        merger.add(id);
      }
      merger.merge(merges);
      List<Integer> got = new ArrayList<>();
      for (int i = 0; i < merger.size(); i++) {
        got.add(merger.id(i));
        assertThat(merger.first(i)).isGreaterThan(i == 0 ? -1 : merger.first(i - 1));
      }
      assertThat(got).isEqualTo(simple(merges, word));
    }
  }

  @Test
  void aWordOfAMillionEqualBytesIsNotQuadratic() {
    int[] left = {0, 1, 2, 3};
    int[] right = {0, 1, 2, 3};
    int[] result = {1, 2, 3, 4};
    MergeTable merges = new MergeTable(left, right, result);
    PairMerger merger = new PairMerger();
    for (int i = 0; i < 1 << 20; i++) {
      merger.add(0);
    }
    org.junit.jupiter.api.Assertions.assertTimeout(
        Duration.ofSeconds(20), () -> merger.merge(merges)); // quadratic: hours
    assertThat(merger.size()).isEqualTo(1 << 16);
    assertThat(merger.id(7)).isEqualTo(4);
  }
}
