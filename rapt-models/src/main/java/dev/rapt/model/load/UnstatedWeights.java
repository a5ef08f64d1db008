package dev.rapt.model.load;

import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.Scope;
import java.util.List;

/**
 * Weights of a folder that states no quantisation. Tensors that only quantised matrices have are
 * refused, since their format is unknown and 8-bit floats would be read without their scales.
 */
record UnstatedWeights() implements PackedWeights {
  private static final List<String> SUFFIXES =
      List.of("_packed", "_scale", "_scale_inv", "_blocks");

  @Override
  public boolean has(Weights weights, String name) {
    if (name.equals("weight") && weights.has("qweight")) {
      throw refused(weights, "qweight");
    }
    for (String suffix : SUFFIXES) {
      if (weights.has(name + suffix)) {
        throw refused(weights, name + suffix);
      }
    }
    return false;
  }

  private static RuntimeException refused(Weights weights, String name) {
    return weights.error(
        name,
        "must be described by quantization_config in config.json, got a quantised matrix without it;"
            + " copy it from quantize_config.json or from the original release");
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    throw new IllegalStateException(name + " is not packed");
  }
}
