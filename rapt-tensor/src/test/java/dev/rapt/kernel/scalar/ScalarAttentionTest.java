package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.AttentionCase;
import dev.rapt.kernel.AttentionCase.Mask;
import dev.rapt.kernel.AttentionCase.Spec;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
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
        spec.mask(Mask.WINDOW).withAlibi(),
        spec.mask(Mask.PACKED).withFusedMemory(),
        spec.mask(Mask.RIGHT_PADDING).dropout(0.4f),
        spec.mask(Mask.FULL).withAlibi().dropout(0.2f));
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
    }
  }

  private static void assertGradient(AttentionCase c, HeadView x, float[] gradient) {
    int length = c.length(x), heads = c.heads(x), E = c.spec.E();
    MemorySegment memory = x.memory();
    for (int n = 0; n < gradient.length; n++) {
      int row = n / (heads * E);
      long index = x.index(row / length, row % length, 0, E) + n % (heads * E);
      float value = memory.getAtIndex(JAVA_FLOAT, index);
      float step = 1e-2f;
      memory.setAtIndex(JAVA_FLOAT, index, value + step);
      double above = loss(c.forward(SCALAR));
      memory.setAtIndex(JAVA_FLOAT, index, value - step);
      double below = loss(c.forward(SCALAR));
      memory.setAtIndex(JAVA_FLOAT, index, value);
      assertThat((double) gradient[n])
          .as("gradient %d", n)
          .isCloseTo((above - below) / (2 * step), within(GRADIENT_TOLERANCE));
    }
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
      Spec spec = Spec.sizes(1, 1, 4, 1, 1, 2).withAlibi();
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

  private static float[] first(float[] values, int n) {
    return Arrays.copyOf(values, n);
  }
}
