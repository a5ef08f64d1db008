package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * StableLM: Llama with layer norms and partly rotated heads.
 *
 * @param qkvBias whether queries, keys and values have biases
 * @param headNorms whether every head of queries and keys has a norm of its own
 * @param parallel whether attention and MLP read the same norm, side by side
 * @param hiddenDropout probability to drop an element of what the MLP adds, in training
 * @param attentionDropout the same for attention weights
 */
public record StableLmConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean qkvBias,
    boolean headNorms,
    boolean parallel,
    float hiddenDropout,
    float attentionDropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static StableLmConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new StableLmConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("layer_norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.25),
        json.boolOr("use_qkv_bias", false),
        json.boolOr("qk_layernorm", false),
        json.boolOr("use_parallel_residual", false),
        json.dropoutOr("hidden_dropout", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "stablelm";
  }
}
