package dev.rapt.nn;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;

/** Parameters that have names, shapes and initialisations but no values. */
public final class OutlineSource implements ParameterSource {
  /** Far above any model; a configuration that asks for more is damaged. */
  private static final int MAX_PARAMETERS = 1 << 20;

  private final Parameters parameters;
  private final String path;

  /** Creates a source that adds its parameters to this set. */
  public OutlineSource(Parameters parameters) {
    this(parameters, "");
  }

  private OutlineSource(Parameters parameters, String path) {
    this.parameters = parameters;
    this.path = path;
  }

  @Override
  public ParameterSource at(String name) {
    return new OutlineSource(parameters, path + name + ".");
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return parameters.scope().outline(DType.F32, shape);
  }

  @Override
  public boolean has(String name) {
    return true;
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    String fullName = path + name;
    Parameter present = parameters.get(fullName);
    if (present != null) {
      return present;
    }
    if (parameters.size() == MAX_PARAMETERS) {
      throw new IllegalArgumentException(
          "config.json: must describe at most %d tensors, got more; check the number of layers"
              .formatted(MAX_PARAMETERS));
    }
    return parameters.addOutline(
        new Parameter(fullName, parameters.scope().outline(DType.F32, shape)), init);
  }
}
