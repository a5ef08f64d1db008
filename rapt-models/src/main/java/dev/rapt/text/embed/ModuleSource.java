package dev.rapt.text.embed;

import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.embed.EmbeddingPipeline.ModuleWeights;

/**
 * The parameters of a module, named by its folder too: the files of several modules have the same
 * names.
 *
 * @param module receives the parameters
 * @param stored reads them from the file of the module
 */
record ModuleSource(ModuleWeights module, ParameterSource stored) implements ParameterSource {
  @Override
  public ParameterSource at(String name) {
    return new ModuleSource(module, stored.at(name));
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    Parameter read = stored.get(name, init, shape);
    return module.parameters().add(new Parameter(module.path() + "." + read.name(), read.value()));
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return stored.constant(values, shape);
  }

  @Override
  public boolean has(String name) {
    return stored.has(name);
  }
}
