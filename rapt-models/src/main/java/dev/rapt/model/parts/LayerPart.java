package dev.rapt.model.parts;

import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;

/** Builds the attention or the MLP of one layer of a decoder. */
@FunctionalInterface
public interface LayerPart {
  /**
   * Builds the attention or the MLP.
   *
   * @param layer index of the layer, from 0
   * @param source parameters of the whole layer, for example {@code model.layers.3}
   */
  Layer build(int layer, ParameterSource source);
}
