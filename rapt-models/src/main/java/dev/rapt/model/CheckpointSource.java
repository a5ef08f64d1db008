package dev.rapt.model;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Parameters out of a checkpoint. F32 weights stay in the mapped file unless they are trained;
 * matrices packed in 4 or 8 bits are unpacked.
 */
final class CheckpointSource implements ParameterSource {
  private final Parameters parameters;
  private final Weights weights;
  private final PackedWeights packed;
  private final boolean trained;

  /**
   * Takes parameters from here.
   *
   * @param packed how matrices are stored
   * @param trained whether the values will be written to, so that they must be copied
   */
  CheckpointSource(Parameters parameters, Weights weights, PackedWeights packed, boolean trained) {
    this.parameters = parameters;
    this.weights = weights;
    this.packed = packed;
    this.trained = trained;
  }

  @Override
  public ParameterSource at(String name) {
    return new CheckpointSource(parameters, weights.at(name), packed, trained);
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return parameters.scope().floats(values, shape);
  }

  @Override
  public boolean has(String name) {
    return weights.has(name) || packed.has(weights, name);
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    String fullName = weights.fullName(name);
    Parameter present = parameters.get(fullName);
    return present != null ? present : parameters.add(new Parameter(fullName, value(name, shape)));
  }

  private Tensor value(String name, long... shape) {
    if (packed.has(weights, name)) {
      return packed.unpack(parameters.scope(), weights, name, trained, shape);
    }
    return value(weights.tensor(name, shape), shape);
  }

  private Tensor value(TensorEntry entry, long... shape) {
    Scope scope = parameters.scope();
    boolean aligned = entry.data().address() % Float.BYTES == 0;
    if (entry.dtype() == DType.F32 && aligned && !trained) {
      return scope.wrap(entry.data(), DType.F32, shape);
    }
    Tensor value = scope.empty(DType.F32, shape);
    Casts.copy(value, scope.wrap(entry.data(), entry.dtype(), shape));
    return value;
  }
}
