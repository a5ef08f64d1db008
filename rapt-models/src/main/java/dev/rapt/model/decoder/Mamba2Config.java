package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.JsonNode;

/**
 * Mamba-2.
 *
 * @param numSsmHeads H, heads among which the channels are divided
 * @param ssmHeadDim E, channels of a head
 * @param numGroups G, groups of heads that share input and output projections of the state
 */
public record Mamba2Config(MambaSizes sizes, int numSsmHeads, int ssmHeadDim, int numGroups)
    implements StateSpaceConfig {

  /** Reads a config.json. */
  public static Mamba2Config parse(ConfigReader json) {
    MambaSizes sizes = MambaSizes.parse(json, false);
    int H = json.requireInt("num_heads", 1, Integer.MAX_VALUE);
    int E = json.requireInt("head_dim", 1, Integer.MAX_VALUE);
    int G = json.intOr("n_groups", 8, 1, Integer.MAX_VALUE);
    if ((long) H * E != sizes.innerSize()) {
      throw json.error(
          "num_heads",
          "must divide expand hidden_size into heads of %d, got %d heads and %d"
              .formatted(E, H, sizes.innerSize()));
    }
    if (H % G != 0) {
      throw json.error("n_groups", "must divide num_heads, got %d and %d".formatted(G, H));
    }
    requireNoStepLimit(json);
    return new Mamba2Config(sizes, H, E, G);
  }

  private static void requireNoStepLimit(ConfigReader json) {
    JsonNode limit = json.json().path("time_step_limit");
    if (limit.isMissingNode() || limit.isNull()) {
      return;
    }
    JsonNode to = limit.path(1);
    String end = to.isObject() ? to.path("__float__").asString("") : to.asString("");
    if (limit.path(0).asDouble(-1) != 0 || !end.equals("Infinity")) {
      throw json.error("time_step_limit", "must be [0.0, Infinity], got " + limit);
    }
  }

  @Override
  public String modelType() {
    return "mamba2";
  }
}
