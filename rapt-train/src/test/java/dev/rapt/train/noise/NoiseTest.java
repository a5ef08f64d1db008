package dev.rapt.train.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseTest {
  private static final int MASK = 4;
  private static final int END = 1;
  private static final int VOCAB = 1000;
  private static final int SENTINELS = 100;
  private static final int TEXTS = 400;

  private static int[] text(int length) {
    return IntStream.range(0, length).map(i -> 10 + i % 800).toArray();
  }

  private static BitSet bits(int... ids) {
    BitSet set = new BitSet();
    Arrays.stream(ids).forEach(set::set);
    return set;
  }

  @Test
  void maskingChoosesAndReplacesInTheRatesOfBert() {
    TokenMasking masking = new TokenMasking(0.15, MASK, VOCAB, bits(0, 1), null);
    int[] tokens = text(250);
    tokens[0] = 0;
    tokens[249] = 1;
    double chosen = 0, masked = 0, kept = 0;
    for (int row = 0; row < TEXTS; row++) {
      Denoising result = masking.apply(tokens, Draws.of(7, 3, row));
      chosen += result.predicted();
      for (int i = 0; i < tokens.length; i++) {
        if (result.targets()[i] == Denoising.IGNORED) {
          assertThat(result.inputs()[i]).isEqualTo(tokens[i]);
        } else {
          assertThat(result.targets()[i]).isEqualTo(tokens[i]);
          masked += result.inputs()[i] == MASK ? 1 : 0;
          kept += result.inputs()[i] == tokens[i] ? 1 : 0;
        }
      }
      assertThat(result.targets()[0]).isEqualTo(Denoising.IGNORED);
      assertThat(result.targets()[249]).isEqualTo(Denoising.IGNORED);
    }
    assertThat(chosen / (TEXTS * 248.0)).isCloseTo(0.15, within(0.005));
    assertThat(masked / chosen).isCloseTo(0.8, within(0.015));
    assertThat(kept / chosen).isCloseTo(0.1, within(0.012));
  }

  @Test
  void wholeWordMaskingChoosesAllTokensOfAWordOrNone() {
    BitSet odd = new BitSet();
    IntStream.range(0, VOCAB).filter(id -> id % 2 == 1).forEach(odd::set);
    TokenMasking masking = new TokenMasking(0.15, MASK, VOCAB, bits(0, 1), odd);
    int chosen = 0;
    for (int row = 0; row < TEXTS; row++) {
      int[] targets = masking.apply(text(100), Draws.of(7, 0, row)).targets();
      for (int i = 0; i < 100; i += 2) { // words of two tokens
        assertThat(targets[i] == Denoising.IGNORED).isEqualTo(targets[i + 1] == Denoising.IGNORED);
        chosen += targets[i] == Denoising.IGNORED ? 0 : 1;
      }
    }
    assertThat(chosen / (TEXTS * 50.0)).isCloseTo(0.15, within(0.01));
  }

  @Test
  void masksAreAFunctionOfSeedStepAndRow() {
    TokenMasking masking = new TokenMasking(0.15, MASK, VOCAB, new BitSet(), null);
    int[] once = masking.apply(text(200), Draws.of(1, 2, 3)).inputs();
    assertThat(masking.apply(text(200), Draws.of(1, 2, 3)).inputs()).isEqualTo(once);
    assertThat(masking.apply(text(200), Draws.of(1, 2, 4)).inputs()).isNotEqualTo(once);
    assertThat(masking.apply(text(200), Draws.of(1, 3, 3)).inputs()).isNotEqualTo(once);
    assertThat(masking.apply(text(200), Draws.of(2, 2, 3)).inputs()).isNotEqualTo(once);
  }

  private static SpanCorruption t5(int sentinels) {
    return new SpanCorruption(
        0.15, 3, IntStream.range(0, sentinels).map(i -> VOCAB - 1 - i).toArray(), END);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7, 20, 114, 512, 568})
  void spanCorruptionCanBeUndoneAndHasTheRatesOfT5(int length) {
    SpanCorruption corruption = t5(SENTINELS);
    int[] tokens = text(length);
    int removed = (int) Math.clamp(Math.rint(length * 0.15), 1, length - 1);
    int spans = (int) Math.max(1, Math.rint(removed / 3.0));
    for (int row = 0; row < 20; row++) {
      Denoising result = corruption.apply(tokens, Draws.of(5, 0, row));
      assertThat(result.inputs()).hasSize(corruption.inputLength(length));
      assertThat(result.inputs()).hasSize(length - removed + spans + 1).endsWith(END);
      assertThat(result.targets()).hasSize(removed + spans + 1).endsWith(END);
      assertThat(restored(result)).isEqualTo(tokens);
    }
  }

  /** Puts each span of the target in place of its sentinel; checks the order of sentinels. */
  private static int[] restored(Denoising result) {
    List<Integer> text = new ArrayList<>();
    int out = 0;
    int next = VOCAB - 1;
    for (int token : Arrays.copyOf(result.inputs(), result.inputs().length - 1)) {
      if (token < VOCAB - SENTINELS) {
        text.add(token);
        continue;
      }
      assertThat(token).isEqualTo(next--);
      assertThat(result.targets()[out++]).isEqualTo(token);
      while (result.targets()[out] != END && result.targets()[out] < VOCAB - SENTINELS) {
        text.add(result.targets()[out++]);
      }
    }
    return text.stream().mapToInt(Integer::intValue).toArray();
  }

  /** T5 reads 568 tokens to fill 512 and writes 114 (its compute_input_and_target_lengths). */
  @Test
  void spanCorruptionFillsTheLengthsOfT5() {
    SpanCorruption corruption = t5(SENTINELS);
    assertThat(corruption.textLength(512)).isEqualTo(568);
    assertThat(corruption.targetLength(568)).isEqualTo(114);
  }

  @Test
  void spanCorruptionRefusesMoreSpansThanSentinels() {
    assertThatThrownBy(() -> t5(3).apply(text(200), Draws.of(1, 1, 1)))
        .hasMessage(
            "span corruption: 200 tokens need 10 sentinels, but the tokenizer has 3; use shorter sequences");
  }

  @Test
  void infillingReplacesAShareBySpansOfPoissonLength() {
    TextInfilling infilling = new TextInfilling(0.3, 3, MASK);
    int[] tokens = text(600);
    double masks = 0, kept = 0;
    for (int row = 0; row < TEXTS; row++) {
      int[] result = infilling.apply(tokens, Draws.of(2, 0, row));
      int[] rest = Arrays.stream(result).filter(token -> token != MASK).toArray();
      kept += rest.length;
      masks += result.length - rest.length;
      assertThat(isSubsequence(rest, tokens)).isTrue();
    }
    assertThat(kept / (TEXTS * 600.0)).isCloseTo(0.7, within(1e-9));
    assertThat(masks / (TEXTS * 600 * 0.3)).isCloseTo(1 / 3.0, within(0.01));
  }

  private static boolean isSubsequence(int[] part, int[] whole) {
    int found = 0;
    for (int token : whole) {
      found += found < part.length && part[found] == token ? 1 : 0;
    }
    return found == part.length;
  }

  @Test
  void deletionAndMaskingHaveTheirRates() {
    double deleted = 0, masked = 0;
    for (int row = 0; row < TEXTS; row++) {
      deleted += 300 - TextNoise.delete(text(300), 0.2, Draws.of(1, 0, row)).length;
      int[] some = TextNoise.mask(text(300), 0.2, MASK, Draws.of(1, 1, row));
      masked += Arrays.stream(some).filter(token -> token == MASK).count();
    }
    assertThat(deleted / (TEXTS * 300.0)).isCloseTo(0.2, within(0.01));
    assertThat(masked / (TEXTS * 300.0)).isCloseTo(0.2, within(0.01));
  }

  @Test
  void rotationAndPermutationKeepTheOrderInside() {
    int[] starts = {0, 5, 90, 200};
    for (int row = 0; row < TEXTS; row++) {
      int[] turned = TextNoise.rotate(text(300), Draws.of(1, 2, row));
      for (int i = 1; i < 300; i++) {
        assertThat((turned[i] - turned[i - 1] + 300) % 300).isEqualTo(1);
      }
      int[] permuted = TextNoise.permuteSentences(text(300), starts, Draws.of(1, 3, row));
      assertThat(IntStream.of(permuted).sorted().toArray()).isEqualTo(text(300));
      for (int i = 1; i < 300; i++) {
        boolean begins = Arrays.binarySearch(starts, permuted[i] - 10) >= 0;
        assertThat(begins || permuted[i] == permuted[i - 1] + 1).isTrue();
      }
    }
  }

  @Test
  void fillInTheMiddleMovesTheMiddleToTheEnd() {
    FillInTheMiddle fim = new FillInTheMiddle(0.5, 0.5, 901, 902, 903);
    int rearranged = 0, spm = 0;
    for (int row = 0; row < 4 * TEXTS; row++) {
      int[] result = fim.apply(text(60), Draws.of(9, 0, row));
      if (result.length == 60) {
        assertThat(result).isEqualTo(text(60));
        continue;
      }
      rearranged++;
      List<Integer> ids = Arrays.stream(result).boxed().toList();
      int suffix = ids.indexOf(902), middle = ids.indexOf(903);
      assertThat(ids.getFirst()).isEqualTo(901);
      spm += suffix == 1 ? 1 : 0;
      assertThat(Arrays.stream(result).filter(id -> id < 900).sorted().toArray())
          .isEqualTo(text(60));
      List<Integer> after = ids.subList(middle + 1, ids.size());
      assertThat(isRun(ids.subList(1, suffix)) && isRun(after)).isTrue();
      assertThat(isRun(ids.subList(suffix + 1, middle))).isTrue();
    }
    assertThat(rearranged / (4.0 * TEXTS)).isCloseTo(0.5, within(0.05));
    assertThat((double) spm / rearranged).isCloseTo(0.5 + 1 / 61.0, within(0.05));
  }

  private static boolean isRun(List<Integer> ids) {
    return IntStream.range(1, ids.size()).allMatch(i -> ids.get(i) == ids.get(i - 1) + 1);
  }
}
