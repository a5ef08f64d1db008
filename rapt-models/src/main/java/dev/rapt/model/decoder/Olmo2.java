package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.List;

/** OLMo 2 and 3. arXiv:2501.00656, section 2.1; Olmo 3, Ai2 2025. */
public final class Olmo2 {
  /** {@code olmo2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("olmo2", "Olmo2ForCausalLM", "model", Config::parseOlmo2, Olmo2::build);

  /** {@code olmo3}. */
  public static final Family<Config, Backbone> OLMO3 =
      new Family<>("olmo3", "Olmo3ForCausalLM", "model", Config::parseOlmo3, Olmo2::build);

  /**
   * OLMo 2 and 3: norms of what attention and MLP put out, and of all queries and all keys; in OLMo
   * 3 most layers have a window.
   *
   * @param kinds what each layer sees, and its rotation
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of OLMo 2. */
    public static Config parseOlmo2(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      LayerKind kind = LayerKind.full(RopeConfig.parse(json, sizes.maxPositions()));
      return parse(json, sizes, LayerKind.alike(sizes.numLayers(), kind));
    }

    /** Reads a config.json of OLMo 3. */
    public static Config parseOlmo3(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      double theta = json.positiveOr("rope_theta", 5e5);
      LayerRopes ropes = LayerRopes.parse(json, sizes.maxPositions(), theta, theta);
      int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
      List<LayerKind> kinds =
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> (layer + 1) % 4 != 0,
              new LayerKind(window, ropes.sliding()),
              LayerKind.full(ropes.full()));
      return parse(json, sizes, kinds);
    }

    private static Config parse(ConfigReader json, DecoderSizes sizes, List<LayerKind> kinds) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          kinds,
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Olmo2(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Olmo2 olmo = new Olmo2(config);
    return new Stack(
        olmo.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), olmo::block),
        olmo.parts.rmsNorm(source.at("norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(layer, source.at("self_attn")),
        parts.rmsNorm(source.at("post_attention_layernorm"), config.normEps()),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        parts.rmsNorm(source.at("post_feedforward_layernorm"), config.normEps()),
        Residual.of(layer, 0));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.qkNormOverAllHeads(source.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.qkNormOverAllHeads(source.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }
}
