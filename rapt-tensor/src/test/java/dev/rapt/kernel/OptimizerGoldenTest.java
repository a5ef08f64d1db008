package dev.rapt.kernel;

import dev.rapt.kernel.scalar.ScalarOptimizer;
import dev.rapt.kernel.vector.VectorOptimizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Twenty steps of each optimiser beside the recorded ones. */
class OptimizerGoldenTest {
  private static final double TOLERANCE = 1e-6;
  private static final int STEPS = 20;
  private static final double LR = 0.01;

  private static final GoldenTensors GOLDEN = GoldenTensors.of("optimizers/trajectories");

  static Stream<OptimizerKernel> kernels() {
    return Stream.of(new ScalarOptimizer(), new VectorOptimizer());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void adamWFollowsTheReference(OptimizerKernel kernel) {
    checkAdamW(kernel, "adamw", 0.9, 0.999, 1e-8, 0.1);
    checkAdamW(kernel, "adamw_no_decay", 0.8, 0.99, 1e-6, 0);
    checkAdamW(kernel, "adam", 0.9, 0.999, 1e-8, 0);
  }

  private static void checkAdamW(
      OptimizerKernel kernel,
      String name,
      double beta1,
      double beta2,
      double eps,
      double weightDecay) {
    check(
        name,
        0,
        (w, first, second, grad, n, step) ->
            kernel.adamW(
                new OptimizerKernel.Weights(w, grad, null, n),
                first,
                second,
                new OptimizerKernel.AdamW(
                    LR,
                    beta1,
                    beta2,
                    eps,
                    weightDecay,
                    1 - Math.pow(beta1, step),
                    1 - Math.pow(beta2, step),
                    1)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void lionFollowsTheReference(OptimizerKernel kernel) {
    OptimizerKernel.Lion args = new OptimizerKernel.Lion(LR, 0.9, 0.99, 0.1, 1);
    check(
        "lion",
        0,
        (w, m, _, grad, n, step) ->
            kernel.lion(new OptimizerKernel.Weights(w, grad, null, n), m, args));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void sgdFollowsTheReference(OptimizerKernel kernel) {
    OptimizerKernel.Sgd plain = new OptimizerKernel.Sgd(LR, 0, 0, false, true, 0, 1);
    check(
        "sgd",
        0,
        (w, m, _, grad, n, step) ->
            kernel.sgd(new OptimizerKernel.Weights(w, grad, null, n), null, plain));
    checkSgd(kernel, "sgd_momentum", 0.9, 0, false, 0.01);
    checkSgd(kernel, "sgd_nesterov", 0.9, 0, true, 0);
    checkSgd(kernel, "sgd_dampening", 0.8, 0.3, false, 0);
  }

  private static void checkSgd(
      OptimizerKernel kernel,
      String name,
      double momentum,
      double dampening,
      boolean nesterov,
      double weightDecay) {
    check(
        name,
        Float.NaN, // the first step must not read the buffer
        (w, buffer, _, grad, n, step) ->
            kernel.sgd(
                new OptimizerKernel.Weights(w, grad, null, n),
                buffer,
                new OptimizerKernel.Sgd(
                    LR, momentum, dampening, nesterov, step == 1, weightDecay, 1)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void gradientScaleIsAFactorOfTheGradient(OptimizerKernel kernel) {
    MemorySegment grad = Floats.normal(1, 21, 1);
    MemorySegment half = Floats.copy(grad);
    new dev.rapt.kernel.scalar.ScalarElementwise().scale(half, grad, 0.5f, 21);
    MemorySegment[] a = {Floats.zeros(21), Floats.zeros(21), Floats.zeros(21)};
    MemorySegment[] b = {Floats.zeros(21), Floats.zeros(21), Floats.zeros(21)};
    kernel.adamW(
        new OptimizerKernel.Weights(a[0], grad, null, 21),
        a[1],
        a[2],
        new OptimizerKernel.AdamW(1, .9, .9, 1, 0, .1, .1, .5));
    kernel.adamW(
        new OptimizerKernel.Weights(b[0], half, null, 21),
        b[1],
        b[2],
        new OptimizerKernel.AdamW(1, .9, .9, 1, 0, .1, .1, 1));
    for (int i = 0; i < 3; i++) {
      Floats.assertClose("state " + i, a[i], b[i], 0, TOLERANCE);
    }
  }

  private static void check(String name, float stateAtStart, Update update) {
    List<String> tensors =
        GOLDEN.names().stream()
            .filter(t -> t.startsWith(name + "."))
            .map(t -> t.substring(name.length() + 1))
            .toList();
    for (String tensor : tensors) {
      float[] want = GOLDEN.get(name + "." + tensor);
      float[] grads = GOLDEN.get("grads." + tensor);
      int n = want.length / STEPS;
      MemorySegment w = Floats.of(GOLDEN.get("init." + tensor));
      float[] start = new float[n];
      Arrays.fill(start, stateAtStart);
      MemorySegment first = Floats.of(start);
      MemorySegment second = Floats.of(start);
      for (int step = 1; step <= STEPS; step++) {
        int from = (step - 1) * n;
        MemorySegment grad = Floats.of(Arrays.copyOfRange(grads, from, from + n));
        update.apply(w, first, second, grad, n, step);
        Floats.assertClose(
            name + "." + tensor + " step " + step,
            Floats.toArray(w),
            Arrays.copyOfRange(want, from, from + n),
            TOLERANCE,
            TOLERANCE);
      }
    }
  }

  private interface Update {
    void apply(
        MemorySegment w,
        MemorySegment first,
        MemorySegment second,
        MemorySegment grad,
        int n,
        int step);
  }
}
