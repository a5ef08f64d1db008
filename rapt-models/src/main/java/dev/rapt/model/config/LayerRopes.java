package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.nn.attention.RopeScaling;

/**
 * RoPE that differs between sliding-window and full-attention layers: {@code rope_parameters} has
 * an object for each. In older files, the scaling applies to full-attention layers only.
 *
 * @param full RoPE of full-attention layers
 * @param sliding RoPE of sliding-window layers
 */
public record LayerRopes(RopeConfig full, RopeConfig sliding) {
  /**
   * Reads the new or the old notation.
   *
   * @param fullTheta default base of full-attention layers
   * @param slidingTheta base of sliding-window layers, default and value for older files
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
