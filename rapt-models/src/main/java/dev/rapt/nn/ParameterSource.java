package dev.rapt.nn;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Source of a model's parameters: a checkpoint or a random generator. A model is constructed the
 * same way from both. {@link #at} works like {@code cd}.
 */
public interface ParameterSource {
  /** Returns the source for the parameters under this name, relative to this source. */
  ParameterSource at(String name);

  /**
   * Returns the parameter of this name.
   *
   * @param init initialisation when there is no checkpoint
   * @param shape shape it must have
   */
  Parameter get(String name, Init init, long... shape);

  /** Returns a constant f32 tensor that lives as long as the parameters but is none. */
  Tensor constant(float[] values, long... shape);

  /** Returns whether the checkpoint has this parameter; true without a checkpoint. */
  boolean has(String name);

  /** Returns the parameter, or null unless {@code wanted}. */
  default @Nullable Parameter getIf(boolean wanted, String name, Init init, long... shape) {
    return wanted ? get(name, init, shape) : null;
  }
}
