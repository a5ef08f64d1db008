package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.Gradients;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Scope;
import dev.rapt.train.GoldenFolder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Twenty steps of each optimiser beside the recorded ones. */
class OptimizerTrajectoryTest {
  private static final GoldenFolder GOLDEN = GoldenFolder.of("optimizers/trajectories");
  private static final JsonNode OPTIMIZERS = GOLDEN.cases().get("optimizers");

  static Stream<String> names() {
    return OPTIMIZERS.propertyNames().stream()
        .filter(name -> options(name, OPTIMIZERS.get(name).get("args")) != null);
  }

  @ParameterizedTest
  @MethodSource("names")
  void followsTheReference(String name) {
    JsonNode recorded = OPTIMIZERS.get(name);
    JsonNode args = recorded.get("args");
    double sign = args.path("maximize").asBoolean(false) ? -1 : 1;
    double lr = args.get("lr").isNull() ? 1 : args.get("lr").doubleValue();
    try (Scope scope = Scope.open();
        Checkpoint tensors = GOLDEN.tensors()) {
      List<Parameter> parameters = new ArrayList<>();
      for (JsonNode tensor : recorded.get("tensors")) {
        TensorEntry init = tensors.entry("init." + tensor.stringValue());
        parameters.add(
            new Parameter(
                tensor.stringValue(),
                scope.floats(GoldenFolder.floats(init), init.shape().toArray())));
      }
      Gradients gradients = new Gradients(scope);
      try (Optimizer optimizer =
          options(name, args).create(parameters, new HashSet<>(parameters))) {
        int steps = (int) tensors.entry("grads." + parameters.getFirst().name()).shape().dim(0);
        for (int step = 0; step < steps; step++) {
          for (Parameter parameter : parameters) {
            long bytes = parameter.value().memory().byteSize();
            gradients
                .overwrite(parameter.value())
                .memory()
                .copyFrom(
                    tensors.entry("grads." + parameter.name()).data().asSlice(step * bytes, bytes));
          }
          optimizer.step(gradients, lr, sign);
          for (Parameter parameter : parameters) {
            compare(
                name + "." + parameter.name() + " after step " + (step + 1),
                parameter.value().toFloats(),
                GoldenFolder.floats(tensors.entry(name + "." + parameter.name())),
                step,
                recorded.get("atol").doubleValue());
          }
        }
      }
    }
  }

  private static void compare(String what, float[] got, float[] all, int step, double atol) {
    for (int i = 0; i < got.length; i++) {
      float want = all[step * got.length + i];
      assertThat(Math.abs(got[i] - want))
          .as("%s, element %d: got %s, want %s", what, i, got[i], want)
          .isLessThanOrEqualTo((float) (atol * Math.max(1, Math.abs(want))));
    }
  }

  /** The options of a recorded optimiser, or null where it is none of ours. */
  private static OptimizerOptions options(String name, JsonNode args) {
    double decay = args.path("weight_decay").asDouble(0);
    double momentum = args.path("momentum").asDouble(0);
    boolean nesterov = args.path("nesterov").asBoolean(false);
    return switch (OPTIMIZERS.get(name).get("class").stringValue()) {
      case "AdamW", "Adam" -> {
        double[] betas = betas(args, 0.9, 0.999);
        yield new AdamW.Options(
            betas[0],
            betas[1],
            args.path("eps").asDouble(1e-8),
            decay,
            true,
            name.startsWith("adam_"),
            args.path("amsgrad").asBoolean(false));
      }
      case "SGD" ->
          new Sgd.Options(momentum, args.path("dampening").asDouble(0), nesterov, decay, true);
      case "Lion" -> {
        double[] betas = betas(args, 0.9, 0.99);
        yield new Lion.Options(betas[0], betas[1], decay, true);
      }
      case "Muon", "MuonF32" ->
          new Muon.Options(
              momentum,
              nesterov,
              args.get("adjust_lr_fn").stringValue().equals("original")
                  ? Muon.Scale.ORIGINAL
                  : Muon.Scale.MATCH_RMS_ADAMW,
              decay,
              1,
              AdamW.Options.defaults());
      case "Adafactor" ->
          name.equals("adafactor_torch")
              ? new Adafactor.Options(Adafactor.Form.TORCH, true, false, false, decay, true)
              : new Adafactor.Options(
                  Adafactor.Form.HUGGING_FACE,
                  args.get("scale_parameter").booleanValue(),
                  args.get("relative_step").booleanValue(),
                  args.get("warmup_init").booleanValue(),
                  decay,
                  true);
      default -> null;
    };
  }

  private static double[] betas(JsonNode args, double first, double second) {
    return args.has("betas")
        ? StreamSupport.stream(args.get("betas").spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray()
        : new double[] {first, second};
  }
}
