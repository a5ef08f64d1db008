package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCase;
import dev.rapt.kernel.AttentionCase.Feature;
import dev.rapt.kernel.AttentionCase.Mask;
import dev.rapt.kernel.AttentionCase.Spec;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ScalarAttentionTest {
  private static final ScalarAttention SCALAR = new ScalarAttention();

  /** Central differences in f32 storage: the error is that of rounding outputs, over the step. */
  private static final double GRADIENT_TOLERANCE = 2e-3;

  static Stream<Spec> specs() {
    Spec spec = Spec.sizes(2, 3, 5, 4, 2, 3);
    return Stream.of(
        spec,
        Spec.sizes(1, 4, 4, 3, 1, 2).mask(Mask.LEFT_PADDING),
        spec.mask(Mask.WINDOW).with(Feature.ALIBI),
        spec.mask(Mask.PACKED).with(Feature.FUSED_MEMORY),
        spec.mask(Mask.RIGHT_PADDING).dropout(0.4f),
        spec.mask(Mask.FULL).with(Feature.ALIBI).dropout(0.2f),
        spec.mask(Mask.TWO_SIDED_WINDOW).valueDim(5),
        spec.mask(Mask.ARBITRARY).softCap(0.7f).valueDim(2),
        spec.with(Feature.SINKS).dropout(0.3f),
        spec.mask(Mask.FULL).with(Feature.BY_QUERY, Feature.BY_KEY).softCap(2).dropout(0.2f),
        spec.with(Feature.BY_DISTANCE, Feature.BY_DISTANCE_TOO),
        spec.mask(Mask.FULL).with(Feature.BITS, Feature.BY_QUERY, Feature.SINKS),
        Spec.sizes(2, 6, 3, 2, 1, 3).mask(Mask.RIGHT_PADDING).softCap(1.5f).with(Feature.SINKS));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsMatchFiniteDifferences(Spec spec) {
    try (Arena arena = Arena.ofConfined()) {
      AttentionCase c = new AttentionCase(arena, spec, 1);
      c.forward(SCALAR).backward(SCALAR);
      assertGradient(c, c.q, c.values(c.dQ));
      assertGradient(c, c.k, c.values(c.dK));
      assertGradient(c, c.v, c.values(c.dV));
      assertGradient(c, c.call.scoring().byQuery(), c.dByQuery);
      assertGradient(c, c.call.scoring().byKey(), c.dByKey);
      MemorySegment sinks = c.call.scoring().sinks();
      if (sinks != null) {
        float[] parts = c.dSinks.toArray(JAVA_FLOAT);
        for (int h = 0; h < spec.H(); h++) {
          float sum = 0;
          for (int n = 0; n < parts.length; n++) {
            sum += n / spec.T() % spec.H() == h ? parts[n] : 0;
          }
          assertGradient(c, sinks, h, sum);
        }
      }
    }
  }

  private static void assertGradient(AttentionCase c, HeadView x, float[] gradient) {
    int length = c.length(x), heads = c.heads(x), width = c.width(x);
    for (int n = 0; n < gradient.length; n++) {
      int row = n / (heads * width);
      long index = x.index(row / length, row % length, 0, width) + n % (heads * width);
      assertGradient(c, x.memory(), index, gradient[n]);
    }
  }

  private static void assertGradient(
      AttentionCase c, @Nullable RelativeTerm term, MemorySegment gradient) {
    if (term != null) {
      float[] got = gradient.toArray(JAVA_FLOAT);
      int size = Math.toIntExact(term.table().byteSize() / 4);
      for (int n = 0; n < size; n++) {
        float sum = 0; // of the sequences, which may share a table
        for (int m = n; m < got.length; m += size) {
          sum += got[m];
        }
        assertGradient(c, term.table(), n, sum);
      }
    }
  }

  private static void assertGradient(
      AttentionCase c, MemorySegment memory, long index, float gradient) {
    float value = memory.getAtIndex(JAVA_FLOAT, index);
    float step = 1e-2f;
    memory.setAtIndex(JAVA_FLOAT, index, value + step);
    double above = loss(c.forward(SCALAR));
    memory.setAtIndex(JAVA_FLOAT, index, value - step);
    double below = loss(c.forward(SCALAR));
    memory.setAtIndex(JAVA_FLOAT, index, value);
    assertThat((double) gradient)
        .as("gradient of element %d", index)
        .isCloseTo((above - below) / (2 * step), within(GRADIENT_TOLERANCE));
  }

  private static double loss(AttentionCase c) {
    float[] out = c.values(c.out), dOut = c.values(c.dOut);
    double sum = 0;
    for (int i = 0; i < out.length; i++) {
      sum += (double) out[i] * dOut[i];
    }
    return sum;
  }

  @Test
  void firstCausalQueryCopiesItsValue() {
    try (Arena arena = Arena.ofConfined()) {
      AttentionCase c = new AttentionCase(arena, Spec.sizes(1, 4, 4, 1, 1, 3), 2).forward(SCALAR);
      assertThat(c.values(c.out)).startsWith(first(c.values(c.v), 3));
    }
  }

  @Test
  void queriesThatSeeNothingGiveZero() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(1, 9, 9, 1, 1, 2).mask(Mask.LEFT_PADDING);
      AttentionCase c = new AttentionCase(arena, spec, 3).forward(SCALAR).backward(SCALAR);
      assertThat(first(c.values(c.out), 6)).containsOnly(0);
      assertThat(first(c.values(c.dQ), 6)).containsOnly(0);
      assertThat(first(c.values(c.dK), 6)).containsOnly(0);
      assertThat(first(c.logSumExps(), 3)).containsOnly(Float.NEGATIVE_INFINITY);
      assertThat(c.logSumExps()[3]).isFinite();
    }
  }

  @Test
  void logSumExpIsThatOfTheScores() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(1, 1, 4, 1, 1, 2).with(Feature.ALIBI);
      AttentionCase c = new AttentionCase(arena, spec, 4).forward(SCALAR);
      float[] q = c.values(c.q), k = c.values(c.k);
      double sum = 0;
      for (int j = 0; j < 4; j++) {
        double dot = q[0] * k[2 * j] + q[1] * k[2 * j + 1];
        sum += Math.exp(dot / Math.sqrt(2) + (j - 3) / 256.0);
      }
      assertThat(c.logSumExps()[0]).isCloseTo((float) Math.log(sum), within(1e-5f));
    }
  }

  @Test
  void sinkTakesWeightAsAKeyWithValueZeroWould() {
    try (Arena arena = Arena.ofConfined()) {
      Spec spec = Spec.sizes(1, 3, 5, 2, 1, 4);
      AttentionCase plain = new AttentionCase(arena, spec, 5).forward(SCALAR);
      AttentionCase c = new AttentionCase(arena, spec.with(Feature.SINKS), 5).forward(SCALAR);
      MemorySegment sinks = c.call.scoring().sinks();
      assertThat(sinks).isNotNull();
      float[] want = plain.values(plain.out), got = c.values(c.out);
      for (int n = 0; n < want.length; n++) {
        int h = n / 4 % 2, i = n / 8;
        double keys = Math.exp(plain.logSumExps()[h * 3 + i]);
        double share = keys / (keys + Math.exp(sinks.getAtIndex(JAVA_FLOAT, h)));
        assertThat(got[n]).isCloseTo((float) (want[n] * share), within(1e-6f));
      }
    }
  }

  private static float[] first(float[] values, int n) {
    return Arrays.copyOf(values, n);
  }
}
