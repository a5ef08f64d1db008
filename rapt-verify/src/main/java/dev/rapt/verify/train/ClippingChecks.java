package dev.rapt.verify.train;

import dev.rapt.autograd.Gradients;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.GradientClipping;
import dev.rapt.verify.function.FunctionCase;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Compares norms of gradients, and gradients after clipping. */
final class ClippingChecks {
  private static final double TOLERANCE = 1e-6;
  private static final double NORM_TOLERANCE = 1e-5;

  private ClippingChecks() {}

  static void run(FunctionCase recorded) {
    for (JsonNode call : recorded.cases().get("cases").values()) {
      recorded.call(
          call.get("kind").stringValue() + " " + call.get("args"),
          differences -> compare(recorded, call, differences));
    }
  }

  private static void compare(
      FunctionCase recorded, JsonNode call, FunctionCase.Differences differences) {
    String index = call.get("index").asString();
    JsonNode args = call.get("args");
    try (Scope scope = Scope.open()) {
      Gradients gradients = new Gradients(scope);
      List<Parameter> parameters = parameters(recorded, "in." + index + ".", scope, gradients);
      GradientClipping clipping = new GradientClipping(parameters);
      double scale = 1;
      if (call.get("kind").stringValue().equals("value")) {
        clipping.clipValues(gradients, args.get("clip_value").floatValue());
      } else {
        boolean isMax = args.path("norm_type").asString("2").equals("inf");
        double norm =
            clipping.norm(
                gradients, isMax ? Double.POSITIVE_INFINITY : args.path("norm_type").asDouble(2));
        differences.add("norm", call.get("total_norm").doubleValue(), norm, NORM_TOLERANCE);
        scale = GradientClipping.factor(norm, args.get("max_norm").doubleValue());
      }
      for (int k = 0; k < parameters.size(); k++) {
        float[] want = recorded.floats("out." + index + "." + k);
        Tensor got = Objects.requireNonNull(gradients.of(parameters.get(k).value()));
        for (int i = 0; i < want.length; i++) {
          differences.add("%d[%d]".formatted(k, i), want[i], scale * got.getFloat(i), TOLERANCE);
        }
      }
    }
  }

  private static List<Parameter> parameters(
      FunctionCase recorded, String prefix, Scope scope, Gradients gradients) {
    List<Parameter> parameters = new ArrayList<>();
    for (int k = 0; recorded.has(prefix + k); k++) {
      TensorEntry entry = recorded.tensor(prefix + k);
      Parameter parameter =
          new Parameter(prefix + k, scope.zeros(DType.F32, entry.shape().toArray()));
      gradients.overwrite(parameter.value()).memory().copyFrom(entry.data());
      parameters.add(parameter);
    }
    return parameters;
  }
}
