package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerOptionsTest {
  private static OptimizerOptions named(String name) {
    return List.of(
            AdamW.Options.defaults(),
            Muon.Options.defaults(),
            Lion.Options.defaults(),
            Sgd.Options.defaults(),
            Adafactor.Options.defaults())
        .stream()
        .filter(options -> options.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static OptimizerOptions with(String name, String option, double value) {
    OptimizerOptions options = named(name);
    return switch (option) {
      case "beta1" -> options.withBeta1(value);
      case "beta2" -> options.withBeta2(value);
      case "momentum" -> options.withMomentum(value);
      default -> options.withWeightDecay(value);
    };
  }

  @Test
  void optionsChangeTheConstantsOfTheirOptimizer() {
    assertThat(AdamW.Options.defaults().withBeta1(0.8).withBeta2(0.9).withWeightDecay(0.2))
        .isEqualTo(new AdamW.Options(0.8, 0.9, 1e-8, 0.2, false, false, false, DType.F32));
    assertThat(Lion.Options.defaults().withBeta1(0.8).withBeta2(0.9).withWeightDecay(0.2))
        .isEqualTo(new Lion.Options(0.8, 0.9, 0.2, false));
    assertThat(Sgd.Options.defaults().withMomentum(0.5).withWeightDecay(0.2))
        .isEqualTo(new Sgd.Options(0.5, 0, false, 0.2, false));
    assertThat(Muon.Options.defaults().withMomentum(0.5).momentum()).isEqualTo(0.5);
  }

  @Test
  void betasOfMuonReachItsAdamW() {
    Muon.Options options = Muon.Options.defaults().withBeta1(0.5).withBeta2(0.6);
    assertThat(options.rest()).isEqualTo(AdamW.Options.defaults().withBeta1(0.5).withBeta2(0.6));
    assertThat(secondUpdate(options)).isEqualTo(secondUpdate(options.rest()));
    assertThat(secondUpdate(options)).isNotEqualTo(secondUpdate(Muon.Options.defaults()));
  }

  /** A vector after two updates with different gradients. */
  private static float[] secondUpdate(OptimizerOptions options) {
    try (Scope scope = Scope.open()) {
      Parameter vector = new Parameter("norm.weight", scope.floats(new float[] {1, 2}, 2));
      Gradients gradients = new Gradients(scope);
      try (Optimizer optimizer = options.create(List.of(vector), Set.of())) {
        for (float value : new float[] {1, -3}) {
          gradients.clear();
          gradients
              .overwrite(vector.value())
              .memory()
              .copyFrom(scope.floats(new float[] {value, 2 * value}, 2).memory());
          optimizer.step(gradients, 0.1, 1);
        }
      }
      return vector.value().toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "adamw, momentum",
    "lion, momentum",
    "sgd, beta1",
    "sgd, beta2",
    "adafactor, beta1",
    "adafactor, beta2",
    "adafactor, momentum"
  })
  void optionsThatAnOptimizerDoesNotHaveAreRefused(String optimizer, String option) {
    assertThatThrownBy(() -> with(optimizer, option, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "%s: has no %s, got 0.5; leave it out or choose another optimiser"
                .formatted(optimizer, option));
  }

  @ParameterizedTest
  @CsvSource({
    "adamw, beta1, 1",
    "adamw, beta2, -0.1",
    "adamw, beta2, NaN",
    "adamw, weight decay, -1",
    "muon, momentum, 1",
    "lion, weight decay, Infinity",
    "lion, beta1, 1.5",
    "lion, beta2, 1",
    "sgd, momentum, 1",
    "sgd, weight decay, -0.5",
    "adafactor, weight decay, -0.5"
  })
  void valuesOutOfRangeAreRefused(String optimizer, String option, double value) {
    assertThatThrownBy(() -> with(optimizer, option, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(optimizer + ": " + option + " must be ")
        .hasMessageEndingWith("got " + value);
  }

  /** Three steps of transformers.Adafactor 5.18 with the same weights and gradients. */
  @ParameterizedTest
  @CsvSource({
    "true, false, 0.9, 0.1, 0.494931519, -0.994615793, 0.988629818, 0.505429983",
    "false, false, 0.5, 0, 0.490116417, -0.994348884, 0.978749990, 0.521250010",
    "true, true, 0.9, 0, 0.496667981, -0.998094857, 0.992576301, 0.507423699"
  })
  void beta1OfAdafactorAveragesUpdatesAsTheReferenceDoes(
      boolean scales,
      boolean relative,
      double beta1,
      double decay,
      float matrix0,
      float matrix1,
      float vector0,
      float vector2) {
    OptimizerOptions options =
        new Adafactor.Options(Adafactor.Form.HUGGING_FACE, scales, relative, false, 0, decay, true)
            .withBeta1(beta1);
    try (Scope scope = Scope.open()) {
      Parameter matrix =
          new Parameter(
              "mlp.weight", scope.floats(new float[] {0.5f, -1, 2, 1.5f, 0.25f, -0.75f}, 2, 3));
      Parameter vector = new Parameter("norm.weight", scope.floats(new float[] {1, -2, 0.5f}, 3));
      Gradients gradients = new Gradients(scope);
      try (Optimizer optimizer = options.create(List.of(matrix, vector), Set.of())) {
        for (int k = 0; k < 3; k++) {
          float size = k + 1;
          float signed = k % 2 == 0 ? size : -size;
          gradients.clear();
          set(gradients, matrix, signed, 1, -2, 0.5f, 0.25f, 3, -1);
          set(gradients, vector, size, 0.5f, 1, -2);
          optimizer.step(gradients, 0.01, 1);
        }
      }
      assertThat(matrix.value().toFloats()[0]).isCloseTo(matrix0, within(2e-6f));
      assertThat(matrix.value().toFloats()[1]).isCloseTo(matrix1, within(2e-6f));
      assertThat(vector.value().toFloats()[0]).isCloseTo(vector0, within(2e-6f));
      assertThat(vector.value().toFloats()[2]).isCloseTo(vector2, within(2e-6f));
    }
  }

  private static void set(Gradients gradients, Parameter of, float factor, float... values) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = factor * values[i];
    }
    MemorySegment.copy(
        MemorySegment.ofArray(scaled),
        0,
        gradients.overwrite(of.value()).memory(),
        0,
        4L * scaled.length);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, -0.5})
  void betasOfMuonHaveTheRangeOfAdamW(double value) {
    for (Function<Muon.Options, Muon.Options> change :
        List.<Function<Muon.Options, Muon.Options>>of(
            options -> options.withBeta1(value), options -> options.withBeta2(value))) {
      assertThatThrownBy(() -> change.apply(Muon.Options.defaults()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be in [0, 1), got " + value);
    }
  }
}
