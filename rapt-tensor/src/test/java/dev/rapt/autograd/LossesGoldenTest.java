package dev.rapt.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Floats;
import dev.rapt.kernel.GoldenTensors;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Losses and their gradients against the recorded ones. */
class LossesGoldenTest {
  private static final double TOLERANCE = 2e-6;
  private static final GoldenTensors GOLDEN = GoldenTensors.of("ops/losses");

  @Test
  void binaryCrossEntropyMatchesTheReference() {
    float[] targets = GOLDEN.get("target").clone();
    for (int i = 0; i < targets.length; i++) {
      targets[i] = targets[i] > 0 ? 1 : 0;
    }
    check("bce_with_logits", targets, Losses::binaryCrossEntropy);
  }

  @Test
  void meanSquaredErrorMatchesTheReference() {
    check("mse", GOLDEN.get("target"), Losses::meanSquaredError);
  }

  private static void check(
      String name, float[] targets, BiFunction<Tensor, Tensor, Tensor> function) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      Tensor logits = scope.floats(GOLDEN.get("logits"), 7, 11).track();
      Gradients gradients = new Gradients(scope);
      Tensor loss = function.apply(logits, tape.floats(targets, 7, 11));
      float want = GOLDEN.get("loss." + name)[0];
      assertThat((double) loss.getFloat(0)).as(name).isCloseTo(want, within(TOLERANCE));
      tape.backward(loss, gradients);
      Floats.assertClose(
          name, gradients.of(logits).toFloats(), GOLDEN.get("grad." + name), TOLERANCE, TOLERANCE);
    }
  }
}
