package dev.rapt.kernel.vector.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCase;
import dev.rapt.kernel.AttentionCase.Feature;
import dev.rapt.kernel.AttentionCase.Mask;
import dev.rapt.kernel.AttentionCase.Spec;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.scalar.ScalarAttention;
import dev.rapt.kernel.vector.ForcedVectorWidth;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(ForcedVectorWidth.class)
final class VectorAttentionTest {
  private static final ScalarAttention SCALAR = new ScalarAttention();
  private static final VectorAttention VECTOR = new VectorAttention();

  /** f32 sums of up to 207 weighted values against double; gradients sum over queries as well. */
  private static final double OUT_TOLERANCE = 2e-6, GRADIENT_TOLERANCE = 2e-5;

  static Stream<Spec> specs() {
    Stream<Spec> sizes =
        Stream.of(
            Spec.sizes(1, 1, 1, 1, 1, 1),
            Spec.sizes(2, 1, 7, 2, 1, 8),
            Spec.sizes(2, 4, 4, 3, 3, 13),
            Spec.sizes(3, 7, 7, 6, 2, 64),
            Spec.sizes(1, 13, 64, 3, 1, 80),
            Spec.sizes(2, 64, 64, 2, 2, 32),
            Spec.sizes(1, 207, 207, 2, 1, 13),
            Spec.sizes(1, 64, 207, 6, 2, 8),
            Spec.sizes(8, 13, 207, 4, 2, 24),
            Spec.sizes(1, 1, 207, 6, 2, 64),
            Spec.sizes(1, 1, 207, 2, 2, 13),
            Spec.sizes(2, 2, 207, 3, 1, 80),
            Spec.sizes(1, 83, 83, 1, 1, 128));
    Stream<Spec> masks =
        Stream.of(Mask.values())
            .flatMap(mask ->
                Stream.of(
                    Spec.sizes(2, 64, 64, 2, 1, 13).mask(mask).with(Feature.FUSED_MEMORY),
                    Spec.sizes(1, 207, 207, 3, 1, 64).mask(mask),
                    Spec.sizes(8, 13, 20, 4, 2, 8).mask(mask).with(Feature.ALIBI).dropout(0.3f),
                    Spec.sizes(2, 2, 50, 4, 2, 20)
                        .mask(mask)
                        .with(Feature.ALIBI)
                        .with(Feature.FUSED_MEMORY)));
    Stream<Spec> others =
        Stream.of(
            Spec.sizes(1, 1, 64, 3, 1, 16).dropout(0.5f),
            Spec.sizes(2, 207, 207, 2, 2, 16).dropout(0.1f).with(Feature.FUSED_MEMORY),
            Spec.sizes(2, 100, 110, 3, 1, 16).with(Feature.ALIBI).mask(Mask.WINDOW));
    return Stream.of(sizes, masks, others, features()).flatMap(s -> s);
  }

  /** Each feature in each kernel: blocks divided and not, a few queries, queries without keys. */
  private static Stream<Spec> features() {
    return Stream.of(
            Spec.sizes(2, 64, 64, 2, 1, 13),
            Spec.sizes(8, 13, 20, 4, 2, 8).mask(Mask.ARBITRARY),
            Spec.sizes(1, 207, 207, 3, 1, 24).mask(Mask.TWO_SIDED_WINDOW),
            Spec.sizes(2, 70, 33, 2, 2, 16).mask(Mask.RIGHT_PADDING).with(Feature.FUSED_MEMORY),
            Spec.sizes(2, 2, 100, 6, 2, 20).mask(Mask.ARBITRARY))
        .flatMap(spec ->
            Stream.of(
                spec.valueDim(7),
                spec.valueDim(65),
                spec.softCap(2),
                spec.with(Feature.SINKS),
                spec.with(Feature.BY_QUERY, Feature.BY_KEY),
                spec.with(Feature.BY_DISTANCE),
                spec.with(Feature.BY_DISTANCE_TOO, Feature.BY_QUERY).softCap(2),
                spec.with(Feature.BITS),
                spec.with(Feature.FEW_BITS, Feature.BY_KEY, Feature.SINKS).dropout(0.1f),
                spec.softCap(3).valueDim(40).dropout(0.2f).with(Feature.SINKS, Feature.ALIBI)));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void matchesScalar(Spec spec) {
    try (Arena arena = Arena.ofConfined()) {
      AttentionCase want = new AttentionCase(arena, spec, 1).forward(SCALAR).backward(SCALAR);
      AttentionCase got = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      close("out", got.values(got.out), want.values(want.out), OUT_TOLERANCE);
      close("logSumExp", got.logSumExps(), want.logSumExps(), OUT_TOLERANCE);
      close("dQ", got.values(got.dQ), want.values(want.dQ), GRADIENT_TOLERANCE);
      close("dK", got.values(got.dK), want.values(want.dK), GRADIENT_TOLERANCE);
      close("dV", got.values(got.dV), want.values(want.dV), GRADIENT_TOLERANCE);
      if (spec.features().contains(Feature.SINKS)) {
        Floats.assertClose(
            "dSinks", got.dSinks, want.dSinks, GRADIENT_TOLERANCE, GRADIENT_TOLERANCE);
      }
      Floats.assertClose(
          "dByQuery", got.dByQuery, want.dByQuery, GRADIENT_TOLERANCE, GRADIENT_TOLERANCE);
      Floats.assertClose("dByKey", got.dByKey, want.dByKey, GRADIENT_TOLERANCE, GRADIENT_TOLERANCE);
    }
  }

  @Test
  void nothingIsWrittenBetweenTheHeads() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(2, 19, 30, 3, 1, 13).with(Feature.FUSED_MEMORY);
      AttentionCase before = new AttentionCase(arena, spec, 1);
      AttentionCase after = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      assertThat(after.gaps(after.out)).containsExactly(before.gaps(before.out));
      assertThat(after.gaps(after.dQ)).containsExactly(before.gaps(before.dQ));
      assertThat(after.gaps(after.dK)).containsExactly(before.gaps(before.dK));
      assertThat(after.gaps(after.dV)).containsExactly(before.gaps(before.dV));
    }
  }

  @Test
  void extremeScoresStayFinite() {
    for (Spec spec : new Spec[] {Spec.sizes(1, 64, 64, 2, 1, 16), Spec.sizes(1, 1, 64, 2, 1, 16)}) {
      try (Arena arena = Arena.ofConfined()) {
        // Scores of some 10^4: a weight is 1 for one key and 0 for the others, almost everywhere.
        AttentionCase want = new AttentionCase(arena, spec.magnitude(100), 1).forward(SCALAR);
        AttentionCase got = new AttentionCase(arena, spec.magnitude(100), 1).forward(VECTOR);
        close("out", got.values(got.out), want.values(want.out), 2e-2);
        close("logSumExp", got.logSumExps(), want.logSumExps(), 1e-6);
        got.backward(VECTOR);
        want.backward(SCALAR);
        // Two scores that lie close together keep the rounding of 10^4 in f32, times the keys.
        close("dQ", got.values(got.dQ), want.values(want.dQ), 1);
        close("dV", got.values(got.dV), want.values(want.dV), 2e-2);
      }
    }
  }

  @Test
  void valuesThatNoQuerySeesDoNotMatter() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(1, 30, 30, 1, 1, 8).mask(Mask.RIGHT_PADDING);
      AttentionCase want = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      AttentionCase got = new AttentionCase(arena, spec, 1);
      got.v.memory().asSlice(4 * got.v.index(0, 20, 0, 8)).fill((byte) -1); // NaN
      got.k.memory().asSlice(4 * got.k.index(0, 20, 0, 8)).fill((byte) -1);
      got.forward(VECTOR).backward(VECTOR);
      assertThat(got.values(got.out)).containsExactly(want.values(want.out));
      assertThat(got.values(got.dQ)).containsExactly(want.values(want.dQ));
      assertThat(got.values(got.dK)).containsExactly(want.values(want.dK));
    }
  }

  @Test
  void notANumberComesThrough() {
    for (int T : new int[] {1, 30}) {
      try (Arena arena = Arena.ofConfined()) {
        AttentionCase c = new AttentionCase(arena, Spec.sizes(1, T, 30, 1, 1, 8), 1);
        c.k.memory().asSlice(0, 4).fill((byte) -1);
        c.forward(VECTOR).backward(VECTOR);
        for (float value : c.values(c.out)) {
          assertThat(value).isNaN();
        }
        assertThat(c.values(c.dQ)[0]).isNaN();
      }
    }
  }

  @Test
  void repeatsExactly() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(2, 100, 100, 4, 2, 16).dropout(0.2f);
      AttentionCase a = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      AttentionCase b = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      assertThat(a.values(a.out)).containsExactly(b.values(b.out));
      assertThat(a.values(a.dQ)).containsExactly(b.values(b.dQ));
      assertThat(a.values(a.dK)).containsExactly(b.values(b.dK));
    }
  }

  @Test
  void gradientsOfTablesDoNotDependOnHowTasksAreRun() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(2, 200, 200, 4, 2, 16).with(Feature.BY_DISTANCE, Feature.BY_KEY);
      AttentionCase a = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      AttentionCase b = new AttentionCase(arena, spec, 1).forward(VECTOR).backwardOneByOne(VECTOR);
      assertThat(Floats.toArray(a.dByQuery)).containsExactly(Floats.toArray(b.dByQuery));
      assertThat(Floats.toArray(a.dByKey)).containsExactly(Floats.toArray(b.dByKey));
    }
  }

  @Test
  void keysWithoutABitAreNotRead() {
    try (Arena arena = Arena.ofConfined()) {
      for (int T : new int[] {1, 200}) {
        Spec spec = Spec.sizes(1, T, 400, 1, 1, 8).mask(Mask.FULL).with(Feature.FEW_BITS);
        AttentionCase c = new AttentionCase(arena, spec, 1);
        MemorySegment words = c.call.mask().bits().words();
        for (int i = 0; i < T; i++) { // keys [128, 320) belong to nobody
          words.asSlice(8L * (7 * i + 2), 24).fill((byte) 0);
        }
        AttentionCase want = new AttentionCase(arena, spec, 1);
        want.call.mask().bits().words().copyFrom(words);
        want.forward(VECTOR).backward(VECTOR);
        c.k.memory().asSlice(4 * c.k.index(0, 200, 0, 8), 4 * 60 * 8).fill((byte) -1); // NaN
        c.v.memory().asSlice(4 * c.v.index(0, 200, 0, 8), 4 * 60 * 8).fill((byte) -1);
        c.forward(VECTOR).backward(VECTOR);
        assertThat(c.values(c.out)).containsExactly(want.values(want.out));
        assertThat(c.values(c.dQ)).containsExactly(want.values(want.dQ));
      }
    }
  }

  @Test
  void dropoutIndicesCarryIntoTheHighHalf() {
    QueryBlock block = new QueryBlock(1);
    try (Arena arena = Arena.ofConfined()) {
      // 4 sequences, 2 heads, 2^15 queries, 2^14 + 1 keys: the last rows lie about index 2^32.
      MemorySegment ranges = arena.allocate(4L << 17, 64);
      MemorySegment q = arena.allocate(4L << 18, 64);
      int T = 1 << 15, S = (1 << 14) + 1;
      AttentionCall call =
          new AttentionCall(
              new AttentionCall.Sizes(4, T, S, 2, 2, 1, 1),
              new AttentionCall.Mask(ranges, ranges, null),
              AttentionCall.Scoring.scaled(1),
              new AttentionCall.Dropout(0.5f, 0x123456789abcL));
      long row = (1L << 32) / S - 3; // its keys and those of the next rows cross 2^32
      int b = (int) (row / T / 2), h = (int) (row / T % 2), t = (int) (row % T);
      block.load(call, new HeadView(q, 0, 2L * T, 2), b, h, t, t + VectorMath.FLOAT.length());
      int crossed = 0;
      for (int j = 0; j < S; j++) {
        float[] factors = block.keepFactor(0, j).toArray();
        for (int lane = 0; lane < factors.length; lane++) {
          long index = (row + lane) * S + j;
          boolean keep = CounterRandom.keep(0x123456789abcL, index, 0.5f);
          if (factors[lane] != (keep ? 2 : 0)) {
            throw new AssertionError("index " + index + " got " + factors[lane]);
          }
          crossed += index == 1L << 32 ? 1 : 0;
        }
      }
      assertThat(crossed).isEqualTo(1);
    }
  }

  @Test
  void memoryDoesNotGrowWithTheSquareOfTheLength() {
    // A matrix of scores would take 2.3 GB, more than the heap of the tests.
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(1, 24_000, 24_000, 1, 1, 2).mask(Mask.WINDOW);
      AttentionCase want = new AttentionCase(arena, spec, 1).forward(SCALAR).backward(SCALAR);
      AttentionCase got = new AttentionCase(arena, spec, 1).forward(VECTOR).backward(VECTOR);
      close("out", got.values(got.out), want.values(want.out), OUT_TOLERANCE);
      close("dK", got.values(got.dK), want.values(want.dK), GRADIENT_TOLERANCE);
    }
  }

  @Test
  void tooManyKeysAreRefused() {
    MemorySegment none = MemorySegment.NULL;
    AttentionCall call =
        new AttentionCall(
            new AttentionCall.Sizes(1, 1, (1 << 24) + 1, 1, 1, 1, 1),
            new AttentionCall.Mask(none, none, null),
            AttentionCall.Scoring.scaled(1),
            AttentionCall.Dropout.NONE);
    assertThatThrownBy(() -> VECTOR.forwardTasks(call))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("attention: totalLen must be at most 16777216, got 16777217");
  }

  private static void close(String what, float[] got, float[] want, double tolerance) {
    Floats.assertClose(what, got, want, tolerance, tolerance);
  }
}
