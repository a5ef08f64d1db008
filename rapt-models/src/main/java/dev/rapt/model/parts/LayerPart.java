package dev.rapt.model.parts;

import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;

/** Builds the attention or the MLP of a layer. */
@FunctionalInterface
public interface LayerPart {
  /**
   * The part of one layer.
   *
   * @param layer index of the layer
   * @param source of the whole layer
   */
  Layer build(int layer, ParameterSource source);
}
