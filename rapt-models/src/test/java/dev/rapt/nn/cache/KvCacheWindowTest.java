package dev.rapt.nn.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyHeads;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the cache keeps of layers with a window. */
class KvCacheWindowTest {
  private static final int HEADS = 2, HEAD_DIM = 3, WIDTH = HEADS * HEAD_DIM;
  private static final int MOST_POSITIONS = 1 << 20;

  private final Scope scope = Scope.open();
  private final SplittableRandom random = new SplittableRandom(5);

  /** For each row, the number that the vectors of a position begin with. */
  private List<List<Integer>> rows = List.of(new ArrayList<>(), new ArrayList<>());

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 9, 64, 300})
  void queriesSeeAllThatTheirWindowReaches(int window) {
    KvCache cache = new KvCache(scope, 1, rows.size(), MOST_POSITIONS);
    int past = window == 0 ? MOST_POSITIONS : window - 1;
    for (int step = 0; step < 120; step++) {
      int before = cache.length();
      KvCache.Entries held = append(cache, window, randomLength());
      assertThat(held.from()).isBetween(0, Math.max(0, before - past));
      assertSame(held.keys(), held.from(), 1);
      assertSame(held.values(), held.from(), -1);
      if (random.nextInt(5) == 0) {
        select(cache, random.ints(1 + random.nextInt(4), 0, rows.size()).toArray());
      }
    }
  }

  @Test
  void memoryIsBoundedByTheWindow() {
    KvCache cache = new KvCache(scope, 2, rows.size(), MOST_POSITIONS);
    for (int step = 0; step < 3000; step++) {
      append(cache, 100, step == 0 ? 777 : 1);
    }
    long bytesOfPosition = 2L * rows.size() * WIDTH * Float.BYTES;
    assertThat(cache.bytes()).isBetween(99 * bytesOfPosition, 200 * bytesOfPosition);
  }

  @Test
  void positionsAreTakenBackWhileTheWindowBeforeThemIsHeld() {
    KvCache cache = new KvCache(scope, 1, rows.size(), MOST_POSITIONS);
    append(cache, 9, 20);
    cut(cache, 15);
    assertSame(append(cache, 9, 2).keys(), 0, 1);
    append(cache, 9, 500);
    assertThatThrownBy(() -> cache.truncate(510))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no longer hold position 510");
    assertThat(cache.length()).isEqualTo(517);
    cut(cache, 0);
    KvCache.Entries again = append(cache, 9, 3);
    assertThat(again.from()).isZero();
    assertSame(again.keys(), 0, 1);
  }

  /** Mostly one position, at times many. */
  private int randomLength() {
    return random.nextInt(6) == 0 ? 1 + random.nextInt(400) : 1 + random.nextInt(3);
  }

  private KvCache.Entries append(KvCache cache, int window, int seqLen) {
    for (List<Integer> row : rows) {
      random.ints(seqLen, 0, 1 << 20).forEach(row::add);
    }
    KvCache.Entries held = cache.append(0, window, fresh(seqLen, 1), fresh(seqLen, -1));
    cache.advance(seqLen);
    return held;
  }

  /** Vectors of the last positions, beside others in one tensor. */
  private Heads fresh(int seqLen, int sign) {
    int margin = 2;
    int width = WIDTH + margin;
    float[] values = new float[rows.size() * seqLen * width];
    for (int i = 0; i < values.length; i++) {
      List<Integer> row = rows.get(i / (seqLen * width));
      int first = row.get(row.size() - seqLen + i / width % seqLen);
      values[i] = sign * (first + i % width - margin);
    }
    Tensor tensor = scope.floats(values, rows.size(), seqLen, width);
    return new Heads(tensor, margin, HEADS, HEAD_DIM);
  }

  private void select(KvCache cache, int[] chosen) {
    List<List<Integer>> selected = new ArrayList<>();
    for (int row : chosen) {
      selected.add(new ArrayList<>(rows.get(row)));
    }
    rows = selected;
    cache.select(chosen);
  }

  private void cut(KvCache cache, int length) {
    cache.truncate(length);
    rows.forEach(row -> row.subList(length, row.size()).clear());
  }

  private void assertSame(KeyHeads held, int from, int sign) {
    Tensor tensor = ((Heads) held).tensor();
    for (int b = 0; b < rows.size(); b++) {
      for (int position = from; position < rows.get(b).size(); position++) {
        for (int i = 0; i < WIDTH; i++) {
          long index = (b * tensor.dim(1) + position - from) * WIDTH + i;
          assertThat(tensor.getFloat(index))
              .as("row %d, position %d, element %d", b, position, i)
              .isEqualTo(sign * (rows.get(b).get(position) + i));
        }
      }
    }
  }
}
