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

  /**
   * Returns the weight (inputSize, outputSize) of a linear layer, of which quantised checkpoints
   * hold the transpose.
   */
  default Parameter inputMajor(String name, Init init, long inputSize, long outputSize) {
    return get(name, init, inputSize, outputSize);
  }

  /**
   * Returns the token embedding of this name. If embeddings are tied and a checkpoint stores only
   * the weight of the head, that is the token embedding.
   *
   * @param init initialisation when there is no checkpoint
   * @param shape shape it must have
   */
  default Parameter tokenEmbedding(String name, Init init, long... shape) {
    return get(name, init, shape);
  }

  /**
   * Returns a copy in which no tied head stands for the token embedding: for a stack whose
   * embedding is not tied.
   */
  default ParameterSource untied() {
    return this;
  }

  /** Returns whether {@link #tokenEmbedding} finds the token embedding or a tied head. */
  default boolean hasTokenEmbedding(String name) {
    return has(name);
  }

  /**
   * Returns the parameter of this name, which is tied to another one: the other one, unless a
   * checkpoint stores values of its own for it, which differ.
   */
  default Parameter tied(String name, Parameter other) {
    return other;
  }

  /** Returns a constant f32 tensor that lives as long as the parameters but is none. */
  Tensor constant(float[] values, long... shape);

  /** Returns whether the checkpoint has this parameter; true without a checkpoint. */
  boolean has(String name);

  /** Returns the parameter, or null unless {@code wanted}. */
  default @Nullable Parameter getIf(boolean wanted, String name, Init init, long... shape) {
    return wanted ? get(name, init, shape) : null;
  }
}
