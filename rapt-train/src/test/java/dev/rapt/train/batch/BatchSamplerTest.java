package dev.rapt.train.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.train.data.TextEncoder;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchSamplerTest {
  private static final int END = 0;

  @Test
  void philoxMatchesThePublishedVectors() {
    assertThat(block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void permutationsContainEveryIndexOnce() {
    for (int size : new int[] {1, 2, 3, 5, 16, 17, 1000, 4097}) {
      KeyedPermutation permutation = new KeyedPermutation(size, 99);
      BitSet reached = new BitSet();
      for (int i = 0; i < size; i++) {
        long at = permutation.at(i);
        assertThat(at).isBetween(0L, size - 1L);
        reached.set((int) at);
      }
      assertThat(reached.cardinality()).isEqualTo(size);
    }
    long size = (1L << 40) + 12_345;
    Set<Long> reached = new HashSet<>();
    for (long i = 0; i < 2000; i++) {
      assertThat(reached.add(new KeyedPermutation(size, 1).at(i))).isTrue();
    }
    assertThat(reached).allMatch(v -> v >= 0 && v < size);
  }

  @Test
  void permutationsOfDifferentKeysDiffer() {
    int n = 1000;
    long fixed = 0;
    double meanStep = 0;
    KeyedPermutation a = new KeyedPermutation(n, 1);
    KeyedPermutation b = new KeyedPermutation(n, 2);
    for (int i = 0; i < n; i++) {
      fixed += a.at(i) == b.at(i) ? 1 : 0;
      meanStep += Math.abs(a.at(i) - i) / (double) n;
    }
    assertThat(fixed).isLessThan(10);
    assertThat(meanStep).isCloseTo(n / 3.0, within(30.0)); // as for random pairs
  }

  @Test
  void randomWindowsDependOnlyOnSeedAndStep() {
    TokenDataset data = counting(5_000);
    RandomWindows sampler = new RandomWindows(data, 4, 16, 42, false);
    TokenBatch late = sampler.batch(1_000_000_007L);
    assertSame(new RandomWindows(data, 4, 16, 42, false).batch(1_000_000_007L), late);
    assertThat(sampler.batch(1_000_000_008L).inputs()).isNotEqualTo(late.inputs());
    assertThat(new RandomWindows(data, 4, 16, 43, false).batch(1_000_000_007L).inputs())
        .isNotEqualTo(late.inputs());
    for (int i = 0; i < late.inputs().length; i++) {
      assertThat(late.targets()[i]).isEqualTo(late.inputs()[i] + 1);
    }
    assertThat(late.documentStart()).isNull();
  }

  @Test
  void randomWindowsIncludeTheFirstAndTheLastToken() {
    RandomWindows sampler = new RandomWindows(counting(20), 8, 16, 1, false);
    BitSet starts = new BitSet();
    for (int step = 0; step < 50; step++) {
      TokenBatch batch = sampler.batch(step);
      for (int b = 0; b < 8; b++) {
        starts.set(batch.inputs()[b * 16]);
      }
    }
    assertThat(starts.stream().toArray()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void everyTokenIsPredictedOncePerEpoch() {
    TokenDataset data = counting(1_003); // 1002 predictions: 62 windows of 16, and one of 10
    ShuffledWindows sampler = new ShuffledWindows(new StreamWindows(data, 16, false), 7, 5);
    assertThat(sampler.stepsPerEpoch()).isEqualTo(9);
    BitSet seen = new BitSet();
    List<Integer> firstEpoch = new ArrayList<>();
    List<Integer> secondEpoch = new ArrayList<>();
    for (int step = 0; step < 18; step++) { // 126 rows: two epochs
      TokenBatch batch = sampler.batch(step);
      for (int b = 0; b < 7; b++) {
        boolean first = step * 7 + b < 63;
        (first ? firstEpoch : secondEpoch).add(batch.targets()[b * 16]);
        for (int t = 0; first && t < 16; t++) {
          int target = batch.targets()[b * 16 + t];
          if (target != TokenBatch.IGNORED) {
            assertThat(seen.get(target)).isFalse();
            seen.set(target);
          }
        }
      }
    }
    assertThat(seen.cardinality()).isEqualTo(1_002);
    assertThat(secondEpoch)
        .containsExactlyInAnyOrderElementsOf(firstEpoch)
        .isNotEqualTo(firstEpoch);
    assertSame(
        sampler.batch(11), new ShuffledWindows(new StreamWindows(data, 16, false), 7, 5).batch(11));
  }

  @Test
  void evaluationPredictsEveryTokenInOrder() {
    EvaluationBatches batches =
        new EvaluationBatches(new StreamWindows(counting(100), 8, false), 5);
    List<Integer> targets = new ArrayList<>();
    int predicted = 0;
    for (TokenBatch batch : batches) {
      assertThat(batch.inputs()).hasSize(40);
      predicted += batch.numTargets();
      Arrays.stream(batch.targets()).filter(t -> t != TokenBatch.IGNORED).forEach(targets::add);
    }
    assertThat(targets).containsExactlyElementsOf(IntStream.range(1, 100).boxed().toList());
    assertThat(batches.count()).isEqualTo(3);
    assertThat(batches.predictedTokens()).isEqualTo(99).isEqualTo(predicted);
  }

  @Test
  void packedWindowsHoldWholeDocuments() {
    TokenDataset data = TokenDataset.of(new int[] {1, 2, END, 3, 4, 5, END, 6, END, 7, 8}, 9, END);
    PackedWindows windows = new PackedWindows(data, 6, PackedWindows.Fill.WHOLE);
    TokenBatch batch = new EvaluationBatches(windows, 3).batch(0);
    int x = TokenBatch.IGNORED;
    assertThat(batch.inputs())
        .containsExactly(
            END, 1, 2, END, END, END, END, 3, 4, 5, END, 6, END, 7, END, END, END, END);
    assertThat(batch.targets())
        .containsExactly(1, 2, END, x, x, x, 3, 4, 5, END, 6, END, 7, 8, x, x, x, x);
    assertThat(batch.documentStart())
        .containsExactly(0, 0, 0, 3, 3, 3, 0, 0, 0, 0, 4, 4, 0, 0, 2, 2, 2, 2);
    assertThat(windows.occupancy()).isCloseTo(11 / 18.0, within(1e-12));
  }

  @Test
  void cutWindowsBeginAgainWithTheDocumentThatWasCut() {
    TokenDataset data = TokenDataset.of(new int[] {1, 2, END, 3, 4, 5, END, 6, END, 7, 8}, 9, END);
    PackedWindows windows = new PackedWindows(data, 5, PackedWindows.Fill.CUT);
    TokenBatch batch = new EvaluationBatches(windows, 3).batch(0);
    assertThat(batch.targets())
        .containsExactly(1, 2, END, 3, 4, 3, 4, 5, END, 6, 6, END, 7, 8, TokenBatch.IGNORED);
    assertThat(batch.inputs()).startsWith(END, 1, 2, END, 3, END, 3, 4, 5, END, END, 6, END, 7);
    assertThat(batch.documentStart()).startsWith(0, 0, 0, 3, 3, 0, 0, 0, 0, 4, 0, 0, 2, 2, 4);
  }

  @Test
  void packedWindowsPredictEveryTokenOnce() {
    SplittableRandom random = new SplittableRandom(3);
    int[] tokens = new int[8_000];
    Arrays.setAll(tokens, i -> random.nextInt(10) == 0 ? END : 1 + random.nextInt(50));
    Arrays.fill(tokens, 5_000, 5_100, 7); // a document longer than a window
    TokenDataset data = TokenDataset.of(tokens, 51, END);
    PackedWindows windows = new PackedWindows(data, 32, PackedWindows.Fill.WHOLE);
    List<Integer> targets = new ArrayList<>();
    for (TokenBatch batch : new EvaluationBatches(windows, 4)) {
      Arrays.stream(batch.targets()).filter(t -> t != TokenBatch.IGNORED).forEach(targets::add);
      int[] starts = Objects.requireNonNull(batch.documentStart());
      for (int i = 0; i < starts.length; i++) {
        assertThat(starts[i]).isBetween(0, i % 32);
        int begin = i - i % 32 + starts[i];
        for (int j = begin + 1; j <= i && batch.targets()[i] != TokenBatch.IGNORED; j++) {
          assertThat(batch.inputs()[j]).as("no document begins between").isNotEqualTo(END);
        }
      }
    }
    assertThat(targets.stream().mapToInt(t -> t).toArray()).containsExactly(tokens);
    PackedWindows cut = new PackedWindows(data, 32, PackedWindows.Fill.CUT);
    assertThat(cut.occupancy()).isGreaterThan(0.99).isGreaterThan(windows.occupancy());
  }

  @Test
  void splitsHoldOutTheLastPart() {
    TokenDataset.Split split = counting(1_000).split(0.1);
    assertThat(split.train().size()).isEqualTo(900);
    assertThat(split.validation().token(0)).isEqualTo(900);
    assertThat(split.validation().part(5, 10).token(0)).isEqualTo(905);
    int[] tokens = new int[10_000];
    Arrays.setAll(tokens, i -> i % 7 == 6 ? END : 1);
    TokenDataset.Split documents = TokenDataset.of(tokens, 2, END).split(0.25);
    assertThat(documents.train().size()).isEqualTo(7 * (7_500 / 7));
    assertThat(documents.train().token(documents.train().size() - 1)).isEqualTo(END);
    assertThatThrownBy(() -> counting(10).split(0))
        .hasMessageContaining("between 0 and 1, got 0.0");
    assertThatThrownBy(() -> counting(1).split(0.5)).hasMessageContaining("tokens in both parts");
  }

  @Test
  void textThatIsTooShortIsRefused() {
    String message = "must be longer than the context length, got 16 tokens for a context of 16";
    assertThatThrownBy(() -> new RandomWindows(counting(16), 1, 16, 0, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    StreamWindows windows = new StreamWindows(counting(16), 16, false);
    assertThatThrownBy(() -> new ShuffledWindows(windows, 1, 0)).hasMessageContaining(message);
    assertThatThrownBy(() -> new StreamWindows(counting(1), 4, false))
        .hasMessageContaining("at least 2 tokens");
    assertThatThrownBy(() -> new PackedWindows(counting(100), 4, PackedWindows.Fill.CUT))
        .hasMessageContaining("documents must be marked");
  }

  @Test
  void batchesWithMoreTokensThanAnArrayHoldsAreRefused() {
    TokenDataset text = TokenDataset.of(new int[100], 2, -1);
    StreamWindows windows = new StreamWindows(text, 32, false);
    int most = (Integer.MAX_VALUE - 8) / 32;
    String sentence = "batch size: must be at most %d with a context length of 32".formatted(most);
    for (int size : new int[] {most + 1, 100_000_000, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> new RandomWindows(text, size, 32, 1, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(sentence);
      assertThatThrownBy(() -> new ShuffledWindows(windows, size, 1))
          .hasMessageStartingWith(sentence);
      assertThatThrownBy(() -> new EvaluationBatches(windows, size))
          .hasMessageStartingWith(sentence);
    }
    assertThat(new RandomWindows(text, most, 32, 1, false).stepsPerEpoch()).isEqualTo(1);
  }

  @Test
  void prefetchedBatchesAreThoseOfTheSampler() throws InterruptedException {
    RandomWindows sampler = new RandomWindows(counting(5_000), 2, 8, 9, false);
    try (BatchPrefetcher<TokenBatch> prefetcher = new BatchPrefetcher<>(sampler, 100, 3)) {
      for (int step = 100; step < 150; step++) {
        assertSame(prefetcher.next(), sampler.batch(step));
      }
    }
  }

  @Test
  void failuresReachTheCallerOfThePrefetcher() throws InterruptedException {
    RandomWindows good = new RandomWindows(counting(100), 1, 8, 9, false);
    BatchSampler failing =
        new BatchSampler() {
          @Override
          public int batchSize() {
            return 1;
          }

          @Override
          public int seqLen() {
            return 8;
          }

          @Override
          public TokenBatch batch(long step) {
            if (step == 2) {
              throw new ArithmeticException("step two");
            }
            return good.batch(step);
          }

          @Override
          public long stepsPerEpoch() {
            return 1;
          }
        };
    BatchPrefetcher<TokenBatch> prefetcher = new BatchPrefetcher<>(failing, 0, 8);
    prefetcher.next();
    prefetcher.next();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(prefetcher::next)
          .isInstanceOf(IllegalStateException.class)
          .hasCauseInstanceOf(ArithmeticException.class);
    }
    prefetcher.close();
    prefetcher.close();
    assertThatThrownBy(prefetcher::next).hasMessageContaining("it was closed");
  }

  @Test
  void aCurriculumPassesFromEasyRowsToOthers() {
    Windows easy = new StreamWindows(constant(1), 8, false);
    Windows others = new StreamWindows(constant(2), 8, false);
    CurriculumWindows sampler = new CurriculumWindows(easy, others, 1000, 2000, 4, 5);
    int[] easyRows = new int[4];
    for (int step = 0; step < 1000; step++) {
      TokenBatch batch = sampler.batch(step);
      for (int row = 0; row < 4; row++) {
        int text = batch.inputs()[8 * row];
        assertThat(Arrays.copyOfRange(batch.inputs(), 8 * row, 8 * row + 8)).containsOnly(text);
        assertThat(Arrays.copyOfRange(batch.targets(), 8 * row, 8 * row + 8)).containsOnly(text);
        easyRows[step / 250] += text == 1 ? 1 : 0;
      }
    }
    assertThat(easyRows[0]).isEqualTo(1000);
    assertThat(easyRows[1]).isCloseTo(750, within(60));
    assertThat(easyRows[2]).isCloseTo(250, within(60));
    assertThat(easyRows[3]).isZero();
    assertSame(new ShuffledWindows(others, 4, 5).batch(1000), sampler.batch(1000));
  }

  @Test
  void aCurriculumKeepsWhereDocumentsBegin() {
    TokenDataset shortOnes = TokenDataset.of(new int[] {1, END, 2, END, 3, END, 4, END}, 9, END);
    TokenDataset longOnes = TokenDataset.of(new int[] {5, 6, 7, END, 5, 6, 7, END}, 9, END);
    Windows easy = new PackedWindows(shortOnes, 4, PackedWindows.Fill.WHOLE);
    Windows others = new PackedWindows(longOnes, 4, PackedWindows.Fill.WHOLE);
    CurriculumWindows sampler = new CurriculumWindows(easy, others, 1, 0, 2, 5);
    assertThat(sampler.batch(0).documentStart()).containsExactly(0, 0, 2, 2, 0, 0, 0, 0);
    Windows longer = new PackedWindows(longOnes, 8, PackedWindows.Fill.WHOLE);
    assertThatThrownBy(() -> new CurriculumWindows(easy, longer, 1, 0, 2, 5))
        .hasMessageContaining("one kind and length, got 4 and 8 tokens");
  }

  @Test
  void stagesFollowEachOther() {
    RandomWindows few = new RandomWindows(counting(100), 2, 8, 1, false);
    RandomWindows many = new RandomWindows(counting(100), 6, 8, 2, false);
    StagedBatches<TokenBatch> stages = new StagedBatches<>(few, 3, many);
    assertSame(few.batch(2), stages.batch(2));
    assertSame(many.batch(0), stages.batch(3));
    assertThat(stages.batchSize()).isEqualTo(6);
    RandomWindows longer = new RandomWindows(counting(100), 2, 9, 1, false);
    assertThatThrownBy(() -> new StagedBatches<>(longer, 3, many))
        .hasMessageContaining("got 9 and 8 tokens");
  }

  private static TokenDataset constant(int token) {
    return TokenDataset.of(
        IntStream.generate(() -> token).limit(97).toArray(), 9, TextEncoder.NONE);
  }

  private static TokenDataset counting(int size) {
    return TokenDataset.of(IntStream.range(0, size).toArray(), size, TextEncoder.NONE);
  }

  private static void assertSame(TokenBatch a, TokenBatch b) {
    assertThat(a.inputs()).isEqualTo(b.inputs());
    assertThat(a.targets()).isEqualTo(b.targets());
    assertThat(a.documentStart()).isEqualTo(b.documentStart());
  }

  private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] counter = {c0, c1, c2, c3};
    Philox.block(counter, k0, k1);
    return counter;
  }
}
