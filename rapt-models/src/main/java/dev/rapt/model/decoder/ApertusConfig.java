package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Apertus: Llama with norms of queries and keys and an MLP without gate, whose activation learns.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record ApertusConfig(
    DecoderSizes sizes, float normEps, RopeConfig rope, boolean attentionBias, float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static ApertusConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    String activation = json.stringOr("hidden_act", "xielu");
    if (!activation.equals("xielu")) {
      throw json.error("hidden_act", "must be xielu, got " + activation);
    }
    return new ApertusConfig(
        sizes,
        json.epsilonOr("rms_norm_eps", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions(), 1.2e7),
        json.boolOr("attention_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "apertus";
  }

  @Override
  public List<Pattern> unusedTensors() {
    return List.of(Pattern.compile(".*\\.act_fn\\.(beta|eps)")); // constants
  }
}
