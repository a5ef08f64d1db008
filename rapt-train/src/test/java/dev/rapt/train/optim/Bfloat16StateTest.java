package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AdamW with moments in bf16: convergence, memory, and exact continuation from a file. */
class Bfloat16StateTest {
  private static final int SIZE = 4096;
  private static final AdamW.Options WIDE =
      AdamW.Options.defaults().withBeta2(0.999).withWeightDecay(0);
  private static final AdamW.Options NARROW = WIDE.withStateType(DType.BF16);

  private final Scope scope = Scope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  private Parameter parameter() {
    Tensor value = scope.zeros(DType.F32, SIZE / 64, 64);
    return new Parameter("weight", value.track());
  }

  /** Distance of the weights from targets, the mean of squares. */
  private static double loss(Parameter parameter) {
    SplittableRandom random = new SplittableRandom(1);
    double sum = 0;
    for (int i = 0; i < SIZE; i++) {
      double distance = parameter.value().getFloat(i) - random.nextGaussian();
      sum += distance * distance;
    }
    return sum / SIZE;
  }

  /** Makes steps on gradients of {@link #loss} with noise, as those of batches have. */
  private void train(Optimizer optimizer, Parameter parameter, long from, long to) {
    Gradients gradients = new Gradients(scope);
    for (long step = from; step < to; step++) {
      SplittableRandom targets = new SplittableRandom(1);
      SplittableRandom noise = new SplittableRandom(step);
      gradients.clear();
      Tensor gradient = gradients.overwrite(parameter.value());
      for (int i = 0; i < SIZE; i++) {
        double distance = parameter.value().getFloat(i) - targets.nextGaussian();
        float g = (float) (distance + 0.3 * noise.nextGaussian());
        gradient.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, g);
      }
      optimizer.step(gradients, 0.02 * (1 - (double) step / 600), 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trainingConvergesAsWithStatesInF32(boolean amsgrad) {
    AdamW.Options wide = new AdamW.Options(0.9, 0.999, 1e-8, 0, false, false, amsgrad, DType.F32);
    Parameter one = parameter();
    Parameter two = parameter();
    try (AdamW reference = new AdamW(List.of(one), wide);
        AdamW narrow = new AdamW(List.of(two), wide.withStateType(DType.BF16))) {
      train(reference, one, 0, 600);
      train(narrow, two, 0, 600);
      assertThat(loss(one)).isLessThan(0.01);
      assertThat(loss(two)).isCloseTo(loss(one), within(0.1 * loss(one)));
    }
  }

  @Test
  void statesTakeHalfTheMemory() {
    Parameter parameter = parameter();
    long before = MemoryPool.shared().usedBytes();
    try (AdamW wide = new AdamW(List.of(parameter), WIDE)) {
      long ofWide = MemoryPool.shared().usedBytes() - before;
      assertThat(wide.state().tensors()).hasSize(2);
      try (AdamW narrow = new AdamW(List.of(parameter), NARROW)) {
        assertThat(narrow.state().tensors()).hasSize(2);
        assertThat(MemoryPool.shared().usedBytes() - before - ofWide).isEqualTo(ofWide / 2);
      }
    }
  }

  @Test
  void aRunThatIsContinuedFromItsFileIsTheSameToTheBit(@TempDir Path folder) {
    Parameter whole = parameter();
    Parameter parts = parameter();
    Path file = folder.resolve("state.safetensors");
    try (AdamW optimizer = new AdamW(List.of(whole), NARROW)) {
      train(optimizer, whole, 0, 8);
    }
    try (AdamW optimizer = new AdamW(List.of(parts), NARROW)) {
      train(optimizer, parts, 0, 5);
      optimizer.state().save(file, UnaryOperator.identity());
    }
    try (AdamW optimizer = new AdamW(List.of(parts), NARROW)) {
      optimizer.state().load(file, UnaryOperator.identity());
      optimizer.state().setSteps(5);
      train(optimizer, parts, 5, 8);
    }
    assertThat(parts.value().toFloats()).isEqualTo(whole.value().toFloats());
  }

  @Test
  void aStateOfAnotherDtypeIsRefused(@TempDir Path folder) {
    Path file = folder.resolve("state.safetensors");
    try (AdamW narrow = new AdamW(List.of(parameter()), NARROW);
        AdamW wide = new AdamW(List.of(parameter()), WIDE)) {
      narrow.state().save(file, UnaryOperator.identity());
      assertThatThrownBy(() -> wide.state().load(file, UnaryOperator.identity()))
          .hasMessageContaining("exp_avg.weight must be f32 (64, 64), got bf16");
    }
  }

  @Test
  void optimizersWithoutTheChoiceSayHowTheyKeepTheirState() {
    assertThatThrownBy(() -> Lion.Options.defaults().withStateType(DType.BF16))
        .hasMessageContaining("lion: has no choice of the state's dtype, got bf16");
    assertThatThrownBy(() -> WIDE.withStateType(DType.F16))
        .hasMessageContaining("the state must be f32 or bf16, got f16");
  }
}
