package dev.rapt.autograd;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.scalar.ScalarAttention;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Attention as an operation: which gradients flow where. The kernels have tests of their own. */
class AttentionOpTest {
  private final SplittableRandom random = new SplittableRandom(11);
  private final FiniteDifferences differences = new FiniteDifferences(random);

  @Test
  void sinksAndValuesOfAnotherWidth() {
    differences.check(
        List.of(shape(2, 5, 12), shape(2, 5, 6), shape(2, 5, 10), shape(4)),
        p ->
            Ops.attention(
                Heads.of(p.get(0), 4, 3),
                Heads.of(p.get(1), 2, 3),
                Heads.of(p.get(2), 2, 5),
                causal(p.scope(), 2, 5, 5).withSinks(p.get(3)).withSoftCap(2)));
  }

  @Test
  void crossAttentionOverMoreRoomThanKeys() {
    // 4 queries, 3 keys in memory for 5; the second sequence has 2 keys
    differences.check(
        List.of(shape(2, 4, 6), shape(2, 5, 6), shape(2, 5, 4)),
        p ->
            Ops.attention(
                Heads.of(p.get(0), 2, 3),
                Heads.of(p.get(1), 2, 3),
                Heads.of(p.get(2), 2, 2),
                AttentionArgs.of(0.5f, keys(p.scope(), 4, 0, 0), keys(p.scope(), 4, 3, 2), 3)));
  }

  @Test
  void valuesThatAreColumnsOfTheKeys() {
    // latent attention without expansion: values are the first columns of what the keys are
    differences.check(
        List.of(shape(1, 4, 10), shape(1, 4, 5)),
        p ->
            Ops.attention(
                Heads.of(p.get(0), 2, 5),
                Heads.of(p.get(1), 1, 5),
                new Heads(p.get(1), 0, 1, 3),
                causal(p.scope(), 1, 4, 4)));
  }

  @Test
  void oneTensorIsQueriesKeysAndValues() {
    differences.check(
        List.of(shape(2, 4, 6)),
        p -> {
          Heads x = Heads.of(p.get(0), 2, 3);
          return Ops.attention(x, x, x, causal(p.scope(), 2, 4, 4));
        });
  }

  @Test
  void relativeScoresWithRowsOfTheirOwn() {
    differences.check(
        List.of(shape(2, 4, 6), shape(2, 5, 6), shape(2, 2, 4, 3), shape(2, 2, 5, 4)),
        p -> {
          RelativeColumns clipped =
              RelativeColumns.of(p.scope(), 4, 5, d -> Math.clamp(d, -1, 1) + 1);
          RelativeColumns backward = RelativeColumns.of(p.scope(), 9, 9, d -> Math.floorMod(-d, 4));
          Heads k = Heads.of(p.get(1), 2, 3);
          return Ops.attention(
              Heads.of(p.get(0), 2, 3),
              k,
              k,
              AttentionArgs.of(0.5f, keys(p.scope(), 4, 0, 1), keys(p.scope(), 4, 5, 4), 5)
                  .withRelativeByQuery(new RelativeScores(p.get(2), clipped))
                  .withRelativeByKey(new RelativeScores(p.get(3), backward)));
        });
  }

  @Test
  void relativeScoresThatSequencesShare() {
    differences.check(
        List.of(shape(3, 4, 4), shape(3, 4, 2), shape(1, 2, 1, 4), shape(1, 2, 4, 3)),
        p -> {
          RelativeColumns buckets =
              RelativeColumns.of(p.scope(), 4, 4, d -> Math.min(3, Math.abs(d)));
          RelativeColumns clipped =
              RelativeColumns.of(p.scope(), 4, 4, d -> Math.clamp(d, -1, 1) + 1);
          Heads k = Heads.of(p.get(1), 1, 2);
          return Ops.attention(
              Heads.of(p.get(0), 2, 2),
              k,
              k,
              causal(p.scope(), 3, 4, 4)
                  .withRelativeByQuery(new RelativeScores(p.get(2), buckets))
                  .withRelativeByKey(new RelativeScores(p.get(3), clipped)));
        });
  }

  @Test
  void bitsSelectKeys() {
    differences.check(
        List.of(shape(2, 4, 6), shape(2, 70, 6)),
        p -> {
          KeyBits bits = KeyBits.none(p.scope(), 1, 2, 4, 70);
          for (int i = 0; i < 3; i++) { // the last query sees nothing
            bits.add(0, 0, i, 20 * i, 20 * i + 2);
            bits.add(0, 0, i, 69);
            bits.add(0, 1, i, 62, 66);
          }
          Heads k = Heads.of(p.get(1), 2, 3);
          return Ops.attention(
              Heads.of(p.get(0), 2, 3),
              k,
              k,
              AttentionArgs.of(0.5f, keys(p.scope(), 4, 0, 0), keys(p.scope(), 4, 70, 64), 70)
                  .withKeyBits(bits));
        });
  }

  @Test
  void dividedKeysGiveWhatOnePassGives() {
    try (Scope scope = Scope.open()) {
      int T = 2, S = 2500, H = 4, E = 8; // H E = 32
      Tensor sinks = differences.random(scope, H);
      Tensor q = differences.random(scope, 2, T, 32);
      Tensor k = differences.random(scope, 2, S, E);
      // queries that see all, the end, a little and nothing of the keys
      Tensor keyFrom = scope.ints(new int[] {0, 1100, 700, 9}, 2, T);
      Tensor keyTo = scope.ints(new int[] {S, S, 703, 9}, 2, T);
      KeyBits bits = KeyBits.none(scope, 1, 1, T, S);
      bits.add(0, 0, 0, 0, S);
      bits.add(0, 0, 1, 1200, 1300);
      for (AttentionArgs args :
          List.of(
              AttentionArgs.of(0.5f, keyFrom, keyTo, S),
              AttentionArgs.of(0.5f, keyFrom, keyTo, S).withSinks(sinks).withKeyBits(bits))) {
        Tensor got = Ops.attention(Heads.of(q, H, E), Heads.of(k, 1, E), Heads.of(k, 1, E), args);
        var call =
            new AttentionCall(
                new AttentionCall.Sizes(2, T, S, H, 1, E, E),
                new AttentionCall.Mask(
                    keyFrom.memory(),
                    keyTo.memory(),
                    args.mask().bits() == null ? null : bits.toKernel()),
                new AttentionCall.Scoring(
                    0.5f,
                    0,
                    null,
                    args.scoring().sinks() == null ? null : sinks.memory(),
                    null,
                    null),
                AttentionCall.Dropout.NONE);
        Tensor want = differences.random(scope, 2, T, 32);
        HeadView keys = Heads.of(k, 1, E).view();
        new ScalarAttention()
            .forward(
                call,
                new AttentionKernel.Inputs(Heads.of(q, H, E).view(), keys, keys),
                new AttentionKernel.Results(
                    Heads.of(want, H, E).view(), scope.zeros(DType.F32, 2, H, T).memory()),
                0,
                2 * H);
        Floats.assertClose("out", got.toFloats(), want.toFloats(), 2e-6, 2e-6);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Scope scope = Scope.open()) {
      Heads q = Heads.of(differences.random(scope, 1, 2, 6), 2, 3);
      Heads k = Heads.of(differences.random(scope, 1, 3, 6), 2, 3);
      AttentionArgs tooLong = AttentionArgs.of(1, keys(scope, 2, 0), keys(scope, 2, 3), 4);
      assertThatThrownBy(() -> Ops.attention(q, k, k, tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "attention: keys and values must be 1 sequences of at least 4 positions,"
                  + " got (1, 3, 6) f32 and (1, 3, 6) f32");
      AttentionArgs sinks =
          AttentionArgs.of(1, keys(scope, 2, 0), keys(scope, 2, 3), 3)
              .withSinks(differences.random(scope, 3));
      assertThatThrownBy(() -> Ops.attention(q, k, k, sinks))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention: sinks: must be (2), got (3)");
      RelativeScores outside =
          new RelativeScores(
              differences.random(scope, 1, 2, 1, 2), RelativeColumns.of(scope, 2, 3, d -> d + 2));
      AttentionArgs plain = AttentionArgs.of(1, keys(scope, 2, 0), keys(scope, 2, 3), 3);
      assertThatThrownBy(() -> Ops.attention(q, k, k, plain.withRelativeByKey(outside)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention: scores by key: the column of distance 0 must be one of 2, got 2");
      RelativeScores tooShort =
          new RelativeScores(
              differences.random(scope, 1, 2, 2, 2), RelativeColumns.of(scope, 2, 2, d -> 0));
      assertThatThrownBy(() -> Ops.attention(q, k, k, plain.withRelativeByQuery(tooShort)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "attention: scores by query: columns must be given for distances -2 to 1, got -1 to 1");
      AttentionArgs bits = plain.withKeyBits(KeyBits.none(scope, 1, 3, 2, 3));
      assertThatThrownBy(() -> Ops.attention(q, k, k, bits))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "attention: key bits must be (1 or 1, 1 or 2, 2, words) for 3 keys,"
                  + " got (1, 3, 2, 1) for 3");
    }
  }

  private static long[] shape(long... dims) {
    return dims;
  }

  /** (sequences, T) i32: for every query of a sequence the number given for it. */
  private static Tensor keys(Scope scope, int T, int... ofSequence) {
    return positions(scope, ofSequence.length, T, n -> ofSequence[n / T]);
  }

  private static AttentionArgs causal(Scope scope, int B, int T, int S) {
    return AttentionArgs.of(
        0.5f, positions(scope, B, T, n -> 0), positions(scope, B, T, n -> S - T + n % T + 1), S);
  }

  private static Tensor positions(Scope scope, int B, int T, IntUnaryOperator value) {
    int[] values = new int[B * T];
    for (int n = 0; n < values.length; n++) {
      values[n] = value.applyAsInt(n);
    }
    return scope.ints(values, B, T);
  }
}
