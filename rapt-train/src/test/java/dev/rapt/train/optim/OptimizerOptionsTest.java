package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Gradients;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Scope;
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
        .isEqualTo(new AdamW.Options(0.8, 0.9, 1e-8, 0.2, false, false, false));
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
