package dev.rapt.verify.train;

import dev.rapt.autograd.Gradients;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Lion;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.optim.Optimizer;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Sgd;
import dev.rapt.verify.function.FunctionCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Compares the weights after each step of an optimiser on recorded gradients. */
final class OptimizerChecks {
  private final FunctionCase recorded;
  private final String name;
  private final JsonNode call;

  private OptimizerChecks(FunctionCase recorded, String name, JsonNode call) {
    this.recorded = recorded;
    this.name = name;
    this.call = call;
  }

  static void run(FunctionCase recorded) {
    for (Map.Entry<String, JsonNode> entry : recorded.cases().get("optimizers").properties()) {
      OptimizerChecks checks = new OptimizerChecks(recorded, entry.getKey(), entry.getValue());
      recorded.call(entry.getKey(), checks::follow);
    }
  }

  private void follow(FunctionCase.Differences differences) {
    JsonNode args = call.get("args");
    OptimizerOptions options = options(args);
    double sign = args.path("maximize").asBoolean(false) ? -1 : 1;
    double lr = args.get("lr").isNull() ? 1 : args.get("lr").doubleValue();
    try (Scope scope = Scope.open()) {
      List<Parameter> parameters = new ArrayList<>();
      for (JsonNode tensor : call.get("tensors").values()) {
        String init = "init." + tensor.stringValue();
        long[] dims = recorded.tensor(init).shape().toArray();
        parameters.add(
            new Parameter(tensor.stringValue(), scope.floats(recorded.floats(init), dims)));
      }
      try (Optimizer optimizer = options.create(parameters, new HashSet<>(parameters))) {
        Gradients gradients = new Gradients(scope);
        long steps = recorded.tensor("grads." + parameters.getFirst().name()).shape().dim(0);
        for (int step = 0; step < steps; step++) {
          for (Parameter parameter : parameters) {
            give(gradients, parameter, step);
          }
          optimizer.step(gradients, lr, sign);
          for (Parameter parameter : parameters) {
            compare(parameter, step, differences);
          }
        }
      }
    }
  }

  private void give(Gradients gradients, Parameter parameter, int step) {
    long bytes = parameter.value().memory().byteSize();
    gradients
        .overwrite(parameter.value())
        .memory()
        .copyFrom(recorded.tensor("grads." + parameter.name()).data().asSlice(step * bytes, bytes));
  }

  private void compare(Parameter parameter, int step, FunctionCase.Differences differences) {
    float[] got = parameter.value().toFloats();
    float[] all = recorded.floats(name + "." + parameter.name());
    differences.add(
        parameter.name() + " after step " + (step + 1),
        Arrays.copyOfRange(all, step * got.length, (step + 1) * got.length),
        got,
        call.get("atol").doubleValue());
  }

  private OptimizerOptions options(JsonNode args) {
    double decay = args.path("weight_decay").asDouble(0);
    double momentum = args.path("momentum").asDouble(0);
    boolean nesterov = args.path("nesterov").asBoolean(false);
    String type = call.get("class").stringValue();
    return switch (type) {
      case "AdamW", "Adam" ->
          new AdamW.Options(
              beta(args, 0, 0.9),
              beta(args, 1, 0.999),
              args.path("eps").asDouble(1e-8),
              decay,
              true,
              type.equals("Adam"),
              args.path("amsgrad").asBoolean(false),
              DType.F32);
      case "SGD" ->
          new Sgd.Options(momentum, args.path("dampening").asDouble(0), nesterov, decay, true);
      case "Lion" -> new Lion.Options(beta(args, 0, 0.9), beta(args, 1, 0.99), decay, true);
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
          args.has("scale_parameter")
              ? new Adafactor.Options(
                  Adafactor.Form.HUGGING_FACE,
                  args.get("scale_parameter").booleanValue(),
                  args.get("relative_step").booleanValue(),
                  args.get("warmup_init").booleanValue(),
                  args.path("beta1").asDouble(0),
                  decay,
                  true)
              : new Adafactor.Options(Adafactor.Form.TORCH, true, false, false, 0, decay, true);
      default -> throw new UnsupportedOperationException("optimiser " + type);
    };
  }

  private static double beta(JsonNode args, int index, double otherwise) {
    return args.path("betas").path(index).asDouble(otherwise);
  }
}
