package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.train.GoldenFolder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class GradientClippingTest {
  private static final GoldenFolder GOLDEN = GoldenFolder.of("optimizers/clipping");

  @Test
  void clipsAsTheReference() {
    try (Checkpoint tensors = GOLDEN.tensors();
        Scope scope = Scope.open()) {
      for (JsonNode recorded : GOLDEN.cases().get("cases")) {
        String index = recorded.get("index").asString();
        Gradients gradients = new Gradients(scope);
        List<Parameter> parameters = parameters(tensors, "in." + index + ".", scope, gradients);
        GradientClipping clipping = new GradientClipping(parameters);
        JsonNode args = recorded.get("args");
        double scale = 1;
        if (recorded.get("kind").stringValue().equals("value")) {
          clipping.clipValues(gradients, args.get("clip_value").floatValue());
        } else {
          double p =
              args.path("norm_type").asString("2").equals("inf")
                  ? Double.POSITIVE_INFINITY
                  : args.path("norm_type").asDouble(2);
          double norm = clipping.norm(gradients, p);
          assertThat(norm).isCloseTo(recorded.get("total_norm").doubleValue(), within(1e-5 * norm));
          scale = GradientClipping.factor(norm, args.get("max_norm").doubleValue());
        }
        for (int k = 0; k < parameters.size(); k++) {
          float[] want = GoldenFolder.floats(tensors.entry("out." + index + "." + k));
          for (int i = 0; i < want.length; i++) {
            float got = gradients.of(parameters.get(k).value()).getFloat(i);
            assertThat(scale * got).isCloseTo(want[i], within(1e-6));
          }
        }
      }
    }
  }

  private static List<Parameter> parameters(
      Checkpoint tensors, String prefix, Scope scope, Gradients gradients) {
    List<Parameter> parameters = new ArrayList<>();
    for (int k = 0; tensors.has(prefix + k); k++) {
      TensorEntry entry = tensors.entry(prefix + k);
      Parameter parameter =
          new Parameter(prefix + k, scope.zeros(DType.F32, entry.shape().toArray()));
      gradients.overwrite(parameter.value()).memory().copyFrom(entry.data());
      parameters.add(parameter);
    }
    return parameters;
  }
}
