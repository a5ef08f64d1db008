package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT-NeoX and Pythia: rotary positions on part of each head, parallel or sequential blocks.
 *
 * @param rope the rotation, of a quarter of each head unless the file says otherwise
 * @param parallel whether attention and MLP read the same stream
 * @param attentionBias whether the projections of attention have biases
 * @param dropout in training
 */
public record GptNeoXConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean parallel,
    boolean attentionBias,
    Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static GptNeoXConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    double share = json.doubleOr("rotary_pct", 0.25);
    double theta = json.positiveOr("rotary_emb_base", RopeConfig.DEFAULT_THETA);
    return new GptNeoXConfig(
        sizes,
        Activations.read(json, "hidden_act", "gelu"),
        json.epsilonOr("layer_norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), share, theta),
        json.boolOr("use_parallel_residual", true),
        json.boolOr("attention_bias", true),
        Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "gpt_neox";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }

  @Override
  public HeadRule head() {
    return HeadRule.named("embed_out");
  }
}
