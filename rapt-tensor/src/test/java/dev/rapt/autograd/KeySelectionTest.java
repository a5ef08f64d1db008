package dev.rapt.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.KeySelection;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeySelectionTest {
  private static final int B = 2, T = 7, S = 70, ROOM = 75, H = 3, E = 4;

  private final FiniteDifferences random = new FiniteDifferences(new SplittableRandom(8));

  @Test
  void theKeysOfTheHighestScoresAmongThoseSeenAreKept() {
    int[] from = new int[B * T];
    int[] to = new int[B * T];
    for (int i = 0; i < B * T; i++) {
      from[i] = i / T * 9;
      to[i] = i == 3 ? from[i] : i == 4 ? from[i] + 5 : S - T + i % T + 1;
    }
    try (Scope scope = Scope.open()) {
      Tensor q = random.random(scope, B, T, (long) H * E);
      Tensor k = random.random(scope, B, ROOM, E);
      Tensor weights = random.random(scope, B, T, H);
      for (int count : new int[] {1, 5, 64, 100}) {
        KeyBits bits =
            KeySelection.highest(
                scope,
                Heads.of(q, H, E),
                Heads.of(k, 1, E),
                weights,
                count,
                scope.ints(from, B, T),
                scope.ints(to, B, T),
                S);
        for (int i = 0; i < B * T; i++) {
          assertThat(keys(bits, i))
              .as("query %d, %d keys", i, count)
              .isEqualTo(best(q, k, weights, i, from[i], to[i], count));
        }
      }
    }
  }

  @Test
  void atEqualScoresTheFirstKeysAreKept() {
    try (Scope scope = Scope.open()) {
      Tensor q = scope.floats(new float[] {1}, 1, 1, 1);
      Tensor k = scope.floats(new float[] {-1, 2, -3, 2, 2, -4}, 1, 6, 1);
      Tensor weight = scope.floats(new float[] {1}, 1, 1, 1);
      Tensor from = scope.ints(new int[] {0}, 1, 1);
      Tensor to = scope.ints(new int[] {6}, 1, 1);
      Heads queries = Heads.of(q, 1, 1);
      Heads keys = Heads.of(k, 1, 1);
      assertThat(keys(KeySelection.highest(scope, queries, keys, weight, 2, from, to, 6), 0))
          .containsExactlyInAnyOrder(1, 3);
      // the others score 0: what is negative counts for nothing
      assertThat(keys(KeySelection.highest(scope, queries, keys, weight, 4, from, to, 6), 0))
          .containsExactlyInAnyOrder(0, 1, 3, 4);
    }
  }

  private static Set<Integer> keys(KeyBits bits, int query) {
    long words = bits.words().lastDim();
    Set<Integer> keys = new HashSet<>();
    for (int j = 0; j < bits.totalLen(); j++) {
      long word = bits.words().memory().getAtIndex(ValueLayout.JAVA_LONG, query * words + j / 64);
      if ((word >>> j % 64 & 1) != 0) {
        keys.add(j);
      }
    }
    return keys;
  }

  private static Set<Integer> best(
      Tensor q, Tensor k, Tensor weights, int query, int from, int to, int count) {
    double[] scores = new double[S];
    for (int j = from; j < to; j++) {
      for (int h = 0; h < H; h++) {
        double product = 0;
        for (int e = 0; e < E; e++) {
          product +=
              q.getFloat(((long) query * H + h) * E + e)
                  * k.getFloat(((long) query / T * ROOM + j) * E + e);
        }
        scores[j] += weights.getFloat((long) query * H + h) * Math.max(0, product);
      }
    }
    List<Integer> order =
        IntStream.range(from, to)
            .boxed()
            .sorted(Comparator.comparingDouble(j -> -scores[j]))
            .toList();
    return new HashSet<>(order.subList(0, Math.min(count, order.size())));
  }
}
