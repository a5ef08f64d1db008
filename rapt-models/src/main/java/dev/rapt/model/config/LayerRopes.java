package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.nn.attention.RopeScaling;

/**
 * Rotations that differ between layers with and without a window: an object for each in {@code
 * rope_parameters}; in older files the scaling is that of full layers alone.
 *
 * @param full of layers that see everything
 * @param sliding of layers with a window
 */
public record LayerRopes(RopeConfig full, RopeConfig sliding) {
  /**
   * Reads either notation.
   *
   * @param fullTheta base in full layers when the file does not say
   * @param slidingTheta base in layers with a window, which older files leave out
   */
  public static LayerRopes parse(
      ConfigReader json, int maxPositions, double fullTheta, double slidingTheta) {
    RopeConfig plain = new RopeConfig(slidingTheta, new RopeScaling.None());
    ConfigReader parameters = json.object("rope_parameters").orElse(null);
    if (parameters == null
        || !(parameters.has("full_attention") || parameters.has("sliding_attention"))) {
      return new LayerRopes(RopeConfig.parse(json, maxPositions, fullTheta), plain);
    }
    return new LayerRopes(
        parameters
            .object("full_attention")
            .map(rope -> RopeConfig.parse(rope, json, maxPositions, fullTheta))
            .orElseGet(() -> new RopeConfig(fullTheta, new RopeScaling.None())),
        parameters
            .object("sliding_attention")
            .map(rope -> RopeConfig.parse(rope, json, maxPositions, slidingTheta))
            .orElse(plain));
  }
}
