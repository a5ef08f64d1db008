package dev.rapt.model.load;

import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;

/**
 * Parameters of a head for another task: those that the checkpoint has in the shape of the head,
 * and fresh ones otherwise, as in the {@code from_pretrained} of Hugging Face transformers.
 *
 * @param stored parameters of the checkpoint
 * @param fresh random parameters under the same names
 */
record NewHeadSource(CheckpointSource stored, ParameterSource fresh) implements ParameterSource {
  @Override
  public ParameterSource at(String name) {
    return new NewHeadSource(stored.at(name), fresh.at(name));
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    return stored.has(name, shape) ? stored.get(name, init, shape) : fresh.get(name, init, shape);
  }

  @Override
  public Parameter tied(String name, Parameter other) {
    return stored.tied(name, other);
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return fresh.constant(values, shape);
  }

  @Override
  public boolean has(String name) {
    return true;
  }
}
