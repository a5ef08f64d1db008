package dev.rapt.verify.function;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Compares activations, by their names in config.json, and their derivatives. */
final class ActivationChecks {
  /** The reference computes in f32 and subtracts near 1, so its own error is some 1e-7. */
  private static final double TOLERANCE = 1e-6;

  private ActivationChecks() {}

  static void run(FunctionCase recorded) {
    ConfigReader json = ConfigReader.of(recorded.folder().resolve("cases.json"), recorded.cases());
    float[] x = recorded.floats("x");
    for (JsonNode node : recorded.cases().get("names").values()) {
      String name = node.stringValue();
      recorded.call(
          name,
          differences -> {
            Activation f = named(json, name);
            try (Scope scope = Scope.open();
                Tape tape = Tape.open(scope)) {
              Tensor in = scope.floats(x, x.length).track();
              // Only operations on tape tensors are recorded, so the parameter is added to zeros.
              Tensor onTape = Ops.add(in, tape.zeros(DType.F32, x.length));
              Tensor out = Ops.activate(onTape, f);
              differences.add("value", recorded.floats(name), out.toFloats(), TOLERANCE);
              float[] ones = new float[x.length];
              Arrays.fill(ones, 1);
              Gradients gradients = new Gradients(scope);
              tape.backward(Losses.dot(out, tape.floats(ones, x.length)), gradients);
              Tensor gradient = Objects.requireNonNull(gradients.of(in));
              float[] want = recorded.floats("grad." + name);
              differences.add("grad", want, gradient.toFloats(), TOLERANCE);
            }
          });
    }
  }

  private static Activation named(ConfigReader json, String name) {
    try {
      return Activations.named(json, "names", name);
    } catch (CheckpointException e) {
      throw new UnsupportedOperationException("no activation of this name", e);
    }
  }
}
