package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** OLMoE, arXiv:2409.02060, section 2; FlexOlmo, arXiv:2507.07024, section 3. */
public final class Olmoe {
  /** {@code flex_olmo}. */
  public static final Family<Config, Backbone> FLEX_OLMO =
      new Family<>("flex_olmo", "FlexOlmoForCausalLM", "model", Config::parse, Olmoe::buildFlex);

  /** {@code olmoe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("olmoe", "OlmoeForCausalLM", "model", Config::parse, Olmoe::build);

  /**
   * OLMoE and FlexOlmo: norms of all queries and all keys, a mixture of experts in every layer.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      Mixture mixture,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      if (json.has("clip_qkv")) {
        throw json.error(
            "clip_qkv", "must be null in OLMoE, got " + json.requireDouble("clip_qkv"));
      }
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          Mixture.parse(json, "intermediate_size", Mixture.parseSoftmax(json)),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Olmoe(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Olmoe(config).decoder().build(source);
  }

  /** A FlexOlmo, which normalises what attention and experts put out. */
  public static Backbone buildFlex(Config config, ParameterSource source) {
    Olmoe olmo = new Olmoe(config);
    return new Stack(
        olmo.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), olmo::outputNormBlock),
        olmo.parts.rmsNorm(source.at("norm"), config.normEps()));
  }

  private Block outputNormBlock(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(layer, source.at("self_attn")),
        parts.rmsNorm(source.at("post_attention_layernorm"), config.normEps()),
        experts(source.at("mlp")),
        parts.rmsNorm(source.at("post_feedforward_layernorm"), config.normEps()),
        Residual.of(layer, 0));
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("mlp")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.qkNormOverAllHeads(source.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.qkNormOverAllHeads(source.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }

  private MoeMlp experts(ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.PROJ, config.activation()));
  }
}
