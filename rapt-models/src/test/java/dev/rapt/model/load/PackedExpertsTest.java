package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.Casts;
import dev.rapt.golden.Golden;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose checkpoints hold experts in 4 and 8 bits. */
class PackedExpertsTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  /** Sums in another order, of logits around 1. */
  private static final float TOLERANCE = 2e-5f;

  /** Activations are rounded to 8 bits, one way or the other where sums in another order differ. */
  private static final float BF16_ERROR = 0.05f;

  @ParameterizedTest
  @ValueSource(strings = {"gpt_oss/mxfp4", "deepseek_v3/fp8"})
  void expertsStayPackedAndGiveWhatTheirValuesGive(String name) {
    try (CausalLm packed = CausalLm.load(Golden.copy(name));
        CausalLm unpacked = CausalLm.load(Golden.copy(name));
        Scope scope = Scope.open()) {
      unpacked.parameters().forEach(Parameter::stored);
      float[] wanted = logits(unpacked, scope);
      assertThat(logits(packed, scope))
          .usingComparatorWithPrecision(TOLERANCE)
          .containsExactly(wanted);
      assertThat(packed.parameters().all().stream().filter(PackedExpertsTest::isRouted))
          .isNotEmpty()
          .allMatch(parameter -> parameter.packed() != null);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt_oss/mxfp4", "deepseek_v3/fp8"})
  void inBf16ExpertsStayPackedAndGiveWhatTheirRoundedValuesGive(String name) {
    try (CausalLm packed = CausalLm.load(Golden.copy(name));
        CausalLm unpacked = CausalLm.load(Golden.copy(name));
        Scope scope = Scope.open()) {
      unpacked.parameters().forEach(Parameter::stored);
      unpacked.parameters().computeInBf16();
      packed.parameters().computeInBf16();
      float[] wanted = logits(unpacked, scope);
      assertThat(logits(packed, scope))
          .usingComparatorWithPrecision(BF16_ERROR)
          .containsExactly(wanted);
      assertThat(packed.parameters().all().stream().filter(PackedExpertsTest::isRouted))
          .allMatch(parameter -> parameter.packed() != null)
          .allMatch(parameter -> parameter.activationType() == DType.BF16);
    }
  }

  private static boolean isRouted(Parameter parameter) {
    return parameter.name().contains(".experts.")
        && parameter.isMatrix()
        && !parameter.name().endsWith("bias");
  }

  private static float[] logits(CausalLm model, Scope scope) {
    Tensor ids = scope.ints(IDS, 1, IDS.length);
    Tensor logits = model.logits(ids, Pass.over(ids).build());
    Tensor wide = scope.empty(DType.F32, logits.shape());
    Casts.copy(wide, logits);
    return wide.toFloats();
  }
}
