package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;

/**
 * Mamba.
 *
 * @param stepRank width of the bottleneck through which step sizes are computed
 */
public record MambaConfig(MambaSizes sizes, int stepRank) implements StateSpaceConfig {
  /** Reads a config.json. */
  public static MambaConfig parse(ConfigReader json) {
    MambaSizes sizes = MambaSizes.parse(json, true);
    int sixteenth = (sizes.hiddenSize() + 15) / 16;
    boolean auto = json.json().path("time_step_rank").isString();
    return new MambaConfig(
        sizes, auto ? sixteenth : json.intOr("time_step_rank", sixteenth, 1, Integer.MAX_VALUE));
  }

  @Override
  public String modelType() {
    return "mamba";
  }
}
