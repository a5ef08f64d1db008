package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.LayerPart;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;

/**
 * OLMo 2 and 3, OLMoE and FlexOlmo: decoders with RMSNorm, half-split RoPE, GQA, QK-norm over all
 * heads together, and SwiGLU or a mixture of experts. OLMo 2, arXiv:2501.00656, section 2.1.
 *
 * <pre>
 * As {@link Llama}, but attention(h) has QK-norm before the rotation:
 *   q = rope(norm(h Wq))       norm over all H E values of a token, (B, T, H E)
 *   k = rope(norm(h Wk))       norm over all G E values of a token, (B, T, G E)
 *
 * olmo2:     output norm instead of pre-norm:
 *              x = x + norm(attention(x))                (B, T, D)
 *              x = x + norm(mlp(x))                      (B, T, D)
 * olmo3:     as olmo2; a sliding window in three of four layers, scaled RoPE in the others;
 *            Olmo 3, Ai2 2025
 * olmoe:     pre-norm; mlp(h) = sum over the top k experts of p_e expert_e(h), p = softmax(h Wr);
 *            OLMoE, arXiv:2409.02060, section 2
 * flex_olmo: output norm as in olmo2, experts as in olmoe; FlexOlmo, arXiv:2507.07024, section 3
 * </pre>
 */
public final class Olmo2 {
  /** {@code olmo2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("olmo2", "Olmo2ForCausalLM", "model", Config::parseOlmo2, Olmo2::build);

  /** {@code olmo3}. */
  public static final Family<Config, Backbone> OLMO3 =
      new Family<>("olmo3", "Olmo3ForCausalLM", "model", Config::parseOlmo3, Olmo2::build);

  /** {@code olmoe}. */
  public static final Family<MoeConfig, Backbone> OLMOE =
      new Family<>("olmoe", "OlmoeForCausalLM", "model", MoeConfig::parse, Olmo2::buildOlmoe);

  /** {@code flex_olmo}. */
  public static final Family<MoeConfig, Backbone> FLEX_OLMO =
      new Family<>("flex_olmo", "FlexOlmoForCausalLM", "model", MoeConfig::parse, Olmo2::buildFlex);

  /**
   * Configuration of the dense models, OLMo 2 and 3.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param attentionBias whether the projections of attention have biases
   * @param dropout attention dropout, in training
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

  /**
   * Configuration of the models with experts in every layer, OLMoE and FlexOlmo.
   *
   * @param base what it has in common with the dense models
   */
  public record MoeConfig(Config base, Mixture mixture) implements SizedConfig {
    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      if (json.has("clip_qkv")) {
        throw json.error(
            "clip_qkv", "must be null in OLMoE, got " + json.requireDouble("clip_qkv"));
      }
      return new MoeConfig(
          Config.parseOlmo2(json),
          Mixture.parse(json, "intermediate_size", Mixture.parseSoftmax(json)));
    }

    @Override
    public String modelType() {
      return base.modelType();
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
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

  /** Builds an OLMo 2 or 3 without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Olmo2 olmo = new Olmo2(config);
    return olmo.outputNormDecoder(source, olmo::mlp);
  }

  /** Builds an OLMoE without its head from the parameters under {@code model}. */
  public static Backbone buildOlmoe(MoeConfig config, ParameterSource source) {
    Olmo2 olmo = new Olmo2(config.base());
    return PreNormDecoder.of(olmo.parts, olmo::norm, olmo::attention, olmo.experts(config))
        .build(source);
  }

  /** Builds a FlexOlmo without its head from the parameters under {@code model}. */
  public static Backbone buildFlex(MoeConfig config, ParameterSource source) {
    Olmo2 olmo = new Olmo2(config.base());
    return olmo.outputNormDecoder(source, olmo.experts(config));
  }

  /** Embeddings, blocks with output norm, and the final norm. */
  private Stack outputNormDecoder(ParameterSource source, LayerPart mlp) {
    return new Stack(
        parts.embeddings(source),
        Stack.blocks(
            config.numLayers(),
            source.at("layers"),
            (layer, block) ->
                new OutputNormBlock(
                    attention(layer, block),
                    norm(block.at("post_attention_layernorm")),
                    mlp.build(layer, block),
                    norm(block.at("post_feedforward_layernorm")),
                    Residual.of(layer, 0))),
        norm(source.at("norm")));
  }

  /** GQA with QK-norm over all heads together, before the rotation. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()),
        parts.qkNormOverAllHeads(own.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.qkNormOverAllHeads(own.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(own, config.attentionBias()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), false);
  }

  private LayerPart experts(MoeConfig moe) {
    MixtureParts mixture = new MixtureParts(sizes, moe.mixture());
    return (_, source) -> {
      ParameterSource own = source.at("mlp");
      return new MoeMlp(
          mixture.router(own.at("gate"), false),
          mixture.experts(own.at("experts"), ExpertMlp.Gated.Names.PROJ, config.activation()));
    };
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
