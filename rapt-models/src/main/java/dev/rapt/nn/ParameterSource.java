package dev.rapt.nn;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Where the parameters of a model come from: a checkpoint, or a random generator. A model is
 * constructed the same way from both. {@link #at} works like {@code cd}.
 */
public interface ParameterSource {
  /** The source of the parameters whose names begin with this one's path and this name. */
  ParameterSource at(String name);

  /**
   * The parameter of this name here.
   *
   * @param init how it begins when there is no checkpoint
   * @param shape what it must have
   */
  Parameter get(String name, Init init, long... shape);

  /** A fixed tensor, f32, that lives as long as the parameters and is not one. */
  Tensor constant(float[] values, long... shape);

  /** Whether the checkpoint has this parameter; true without a checkpoint. */
  boolean has(String name);

  /** The parameter, or null when it is not wanted. */
  default @Nullable Parameter getIf(boolean wanted, String name, Init init, long... shape) {
    return wanted ? get(name, init, shape) : null;
  }
}
