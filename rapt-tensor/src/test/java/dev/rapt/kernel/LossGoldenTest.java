package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.scalar.ScalarNorm;
import dev.rapt.kernel.scalar.ScalarSoftmax;
import dev.rapt.kernel.vector.VectorNorm;
import dev.rapt.kernel.vector.VectorSoftmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossGoldenTest {
  private static final double TOLERANCE = 2e-6;
  private static final int ROWS = 7;
  private static final int COLS = 11;

  private static final GoldenTensors GOLDEN = GoldenTensors.of("ops/losses");

  static Stream<SoftmaxKernel> softmaxKernels() {
    return Stream.of(new ScalarSoftmax(), new VectorSoftmax());
  }

  static Stream<NormKernel> normKernels() {
    return Stream.of(new ScalarNorm(), new VectorNorm());
  }

  @ParameterizedTest
  @MethodSource("softmaxKernels")
  void crossEntropyMatchesTheReference(SoftmaxKernel kernel) {
    checkCrossEntropy(kernel, "cross_entropy", "labels", 1, 0, true);
    checkCrossEntropy(kernel, "cross_entropy_sum", "labels", 1, 0, false);
    checkCrossEntropy(kernel, "cross_entropy_ignore", "labels_ignore", 1, 0, true);
    checkCrossEntropy(kernel, "cross_entropy_smoothing", "labels", 1, 0.1f, true);
    checkCrossEntropy(kernel, "cross_entropy_smoothing_ignore", "labels_ignore", 1, 0.2f, true);
    checkCrossEntropy(kernel, "large_logits", "labels", 100, 0, true);
  }

  private static void checkCrossEntropy(
      SoftmaxKernel kernel,
      String name,
      String labels,
      float factor,
      float smoothing,
      boolean mean) {
    float[] logits = GOLDEN.get("logits").clone();
    for (int i = 0; i < logits.length; i++) {
      logits[i] *= factor;
    }
    float[] targets = GOLDEN.get(labels);
    int counted = 0;
    for (float target : targets) {
      counted += target == SoftmaxKernel.IGNORED ? 0 : 1;
    }
    MemorySegment x = Floats.of(logits);
    MemorySegment losses = Floats.zeros(ROWS);
    float divisor = mean ? counted : 1;
    kernel.crossEntropy(x, ints(targets), losses, ROWS, COLS, smoothing, factor / divisor);
    double loss = 0;
    for (float value : Floats.toArray(losses)) {
      loss += value / divisor;
    }
    float want = GOLDEN.get("loss." + name)[0];
    assertThat(loss).as(name).isCloseTo(want, within(TOLERANCE * Math.max(1, want)));
    Floats.assertClose(name, Floats.toArray(x), GOLDEN.get("grad." + name), TOLERANCE, TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("softmaxKernels")
  void lossAloneLeavesTheLogits(SoftmaxKernel kernel) {
    MemorySegment x = Floats.of(GOLDEN.get("logits"));
    MemorySegment losses = Floats.zeros(ROWS);
    kernel.crossEntropy(x, ints(GOLDEN.get("labels")), losses, ROWS, COLS, 0, 0);
    assertThat(Floats.toArray(x)).isEqualTo(GOLDEN.get("logits"));
    double sum = 0;
    for (float value : Floats.toArray(losses)) {
      sum += value;
    }
    assertThat(sum).isCloseTo(GOLDEN.get("loss.cross_entropy_sum")[0], within(1e-5));
  }

  @ParameterizedTest
  @MethodSource("softmaxKernels")
  void targetOutsideTheColumnsIsRefused(SoftmaxKernel kernel) {
    MemorySegment x = Floats.of(GOLDEN.get("logits"));
    assertThatThrownBy(
            () -> kernel.crossEntropy(x, ints(new float[] {3, 11}), Floats.zeros(2), 2, COLS, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cross entropy: targets must be in [0, 11) or be -100, got 11 in row 1");
  }

  @ParameterizedTest
  @MethodSource("softmaxKernels")
  void softmaxMatchesTheReference(SoftmaxKernel kernel) {
    MemorySegment x = Floats.of(GOLDEN.get("logits"));
    MemorySegment out = Floats.zeros(ROWS * COLS);
    kernel.softmax(out, x, ROWS, COLS);
    assertThat(dot(out, GOLDEN.get("target")))
        .isCloseTo(GOLDEN.get("loss.softmax_dot")[0], within(TOLERANCE));
    kernel.logSoftmax(out, x, ROWS, COLS);
    assertThat(dot(out, GOLDEN.get("target")))
        .isCloseTo(GOLDEN.get("loss.log_softmax_dot")[0], within(1e-5));
  }

  @ParameterizedTest
  @MethodSource("normKernels")
  void layerNormMatchesTheReference(NormKernel kernel) {
    MemorySegment x = Floats.of(GOLDEN.get("logits"));
    MemorySegment weight = Floats.of(GOLDEN.get("class_weight"));
    float[] bias = GOLDEN.get("class_weight").clone();
    for (int c = 0; c < COLS; c++) {
      bias[c] *= 0.3f;
    }
    MemorySegment out = Floats.zeros(ROWS * COLS);
    MemorySegment mean = Floats.zeros(ROWS);
    MemorySegment rstd = Floats.zeros(ROWS);
    kernel.layerNorm(
        out,
        x,
        new NormKernel.LayerNorm(weight, Floats.of(bias), COLS, 1e-5f),
        new NormKernel.Moments(mean, rstd),
        ROWS);
    assertThat(dot(out, GOLDEN.get("target")))
        .isCloseTo(GOLDEN.get("loss.layer_norm_dot")[0], within(1e-5));
    MemorySegment dY = Floats.of(GOLDEN.get("target"));
    kernel.layerNormBackward(
        new NormKernel.Gradients(out, null, null),
        x,
        dY,
        new NormKernel.LayerNorm(weight, null, COLS, 0),
        new NormKernel.Moments(mean, rstd),
        ROWS);
    Floats.assertClose(
        "layer_norm_dot",
        Floats.toArray(out),
        GOLDEN.get("grad.layer_norm_dot"),
        TOLERANCE,
        TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("normKernels")
  void rmsNormMatchesTheReference(NormKernel kernel) {
    MemorySegment x = Floats.of(GOLDEN.get("logits"));
    MemorySegment weight = Floats.of(GOLDEN.get("class_weight"));
    MemorySegment out = Floats.zeros(ROWS * COLS);
    MemorySegment rstd = Floats.zeros(ROWS);
    kernel.rmsNorm(out, x, new NormKernel.RmsNorm(weight, 0, COLS, 1e-6f), rstd, ROWS);
    assertThat(dot(out, GOLDEN.get("target")))
        .isCloseTo(GOLDEN.get("loss.rms_norm_dot")[0], within(1e-5));
    MemorySegment dY = Floats.of(GOLDEN.get("target"));
    kernel.rmsNormBackward(
        new NormKernel.Gradients(out, null, null),
        x,
        dY,
        new NormKernel.RmsNorm(weight, 0, COLS, 0),
        rstd,
        ROWS);
    Floats.assertClose(
        "rms_norm_dot", Floats.toArray(out), GOLDEN.get("grad.rms_norm_dot"), TOLERANCE, TOLERANCE);
  }

  private static double dot(MemorySegment a, float[] b) {
    float[] values = Floats.toArray(a);
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      sum += (double) values[i] * b[i];
    }
    return sum;
  }

  private static MemorySegment ints(float[] values) {
    MemorySegment memory = Arena.ofAuto().allocate(JAVA_INT, values.length);
    for (int i = 0; i < values.length; i++) {
      memory.setAtIndex(JAVA_INT, i, (int) values[i]);
    }
    return memory;
  }
}
