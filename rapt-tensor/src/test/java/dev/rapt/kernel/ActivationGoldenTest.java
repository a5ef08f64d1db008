package dev.rapt.kernel;

import dev.rapt.kernel.scalar.ScalarElementwise;
import dev.rapt.kernel.vector.elementwise.VectorElementwise;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationGoldenTest {
  /** The reference computes in f32 and subtracts near 1, so its own error is some 1e-7. */
  private static final double TOLERANCE = 1e-6;

  private static final Map<String, Activation> NAMES =
      Map.ofEntries(
          Map.entry("gelu", Activation.GELU),
          Map.entry("gelu_new", Activation.GELU_TANH),
          Map.entry("gelu_pytorch_tanh", Activation.GELU_TANH),
          Map.entry("quick_gelu", Activation.QUICK_GELU),
          Map.entry("relu", Activation.RELU),
          Map.entry("relu2", Activation.RELU_SQUARED),
          Map.entry("silu", Activation.SILU),
          Map.entry("sigmoid", Activation.SIGMOID),
          Map.entry("tanh", Activation.TANH),
          Map.entry("gelu_10", Activation.GELU_10),
          Map.entry("laplace", Activation.LAPLACE),
          Map.entry("mish", Activation.MISH),
          Map.entry("hardswish", Activation.HARD_SWISH),
          Map.entry("relu6", Activation.RELU6),
          Map.entry("leaky_relu", Activation.LEAKY_RELU),
          Map.entry("sqrtsoftplus", Activation.SQRT_SOFTPLUS));

  static Stream<ElementwiseKernel> kernels() {
    return Stream.of(new ScalarElementwise(), new VectorElementwise());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void valuesAndDerivativesMatchTheReference(ElementwiseKernel kernel) {
    GoldenTensors golden = GoldenTensors.of("ops/activations");
    MemorySegment x = Floats.of(golden.get("x"));
    int n = golden.get("x").length;
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    MemorySegment out = Floats.zeros(n);
    NAMES.forEach((name, f) -> {
      kernel.activate(out, x, f, n);
      Floats.assertClose(name, Floats.toArray(out), golden.get(name), TOLERANCE, TOLERANCE);
      kernel.activateBackward(out, x, Floats.of(ones), f, n);
      Floats.assertClose(
          "grad." + name, Floats.toArray(out), golden.get("grad." + name), TOLERANCE, TOLERANCE);
    });
  }
}
