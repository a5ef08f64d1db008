package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.nn.attention.RopeScaling;
import tools.jackson.databind.node.ObjectNode;

/**
 * Llama 1 to 3: rotary positions, RMS norm, grouped-query attention, gated MLP.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability after projections and in attention, in training
 */
public record LlamaConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    boolean mlpBias,
    float dropout)
    implements SizedConfig, FreshConfig {

  /** A configuration with the choices of the published models. */
  public static LlamaConfig of(DecoderSizes sizes) {
    return new LlamaConfig(
        sizes,
        Activation.SILU,
        1e-5f,
        new RopeConfig(10000, new RopeScaling.None()),
        false,
        false,
        0);
  }

  /** Reads a config.json. */
  public static LlamaConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new LlamaConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", false),
        json.boolOr("mlp_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, DecoderSizes.Keys.LLAMA);
    json.put("hidden_act", Activations.name(activation))
        .put("rms_norm_eps", Double.parseDouble(Float.toString(normEps)))
        .put("attention_bias", attentionBias)
        .put("mlp_bias", mlpBias)
        .put("attention_dropout", Double.parseDouble(Float.toString(dropout)));
    rope.write(json);
  }

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public LlamaConfig withVocabSize(int size) {
    return new LlamaConfig(
        sizes.withVocabSize(size), activation, normEps, rope, attentionBias, mlpBias, dropout);
  }
}
