package dev.rapt.nn;

import dev.rapt.tensor.Tensor;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parameters of a model that shares some with another one, as the generator of ELECTRA shares the
 * embeddings of the discriminator. Those are the other model's; all others come from a source of
 * the model's own.
 */
public final class SharingSource implements ParameterSource {
  private final ParameterSource own;
  private final Parameters parameters;
  private final Map<String, Parameter> shared;
  private final String path;

  /**
   * Creates a source.
   *
   * @param own source of the other parameters
   * @param parameters set to which the parameters are added, the shared ones too
   * @param shared parameters that have the same names in both models
   */
  public SharingSource(ParameterSource own, Parameters parameters, Collection<Parameter> shared) {
    this(own, parameters, new LinkedHashMap<>(), "");
    shared.forEach(parameter -> this.shared.put(parameter.name(), parameter));
  }

  private SharingSource(
      ParameterSource own, Parameters parameters, Map<String, Parameter> shared, String path) {
    this.own = own;
    this.parameters = parameters;
    this.shared = shared;
    this.path = path;
  }

  @Override
  public ParameterSource at(String name) {
    return new SharingSource(own.at(name), parameters, shared, path + name + ".");
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    Parameter other = shared.get(path + name);
    if (other == null) {
      return own.get(name, init, shape);
    }
    other.value().requireShape(other.name(), shape);
    return parameters.add(other);
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return own.constant(values, shape);
  }

  @Override
  public boolean has(String name) {
    return shared.containsKey(path + name) || own.has(name);
  }
}
