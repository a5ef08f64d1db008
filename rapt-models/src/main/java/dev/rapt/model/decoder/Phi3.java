package dev.rapt.model.decoder;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
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
import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/**
 * Phi-3, Phi-3.5 and Phi-4: pre-norm decoders with half-split RoPE, GQA and SwiGLU or a mixture of
 * experts. Phi-3, arXiv:2404.14219, section 2.
 *
 * <pre>
 * As {@link Llama}, but:
 * phi3:   q, k and v from one projection, gate and up of SwiGLU from one projection; some models
 *         have a sliding window, partial rotary or LongRoPE
 * phimoe: LayerNorm instead of RMSNorm; biases in attention and in the head;
 *         mlp(h) = sum over the top 2 experts of p_e expert_e(h)
 *         p by SparseMixer, arXiv:2409.12136, here always without its random sampling
 * </pre>
 */
public final class Phi3 {
  /** {@code phi3}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("phi3", "Phi3ForCausalLM", "model", Config::parse, Phi3::build);

  /** {@code phimoe}. */
  public static final Family<MoeConfig, Backbone> PHIMOE =
      new Family<>("phimoe", "PhimoeForCausalLM", "model", MoeConfig::parse, Phi3::build);

  /**
   * Configuration of the dense models.
   *
   * @param window length of the sliding window, the query's own position included; 0 for full
   *     attention
   * @param embeddingDropout dropout of the embeddings, in training
   * @param residualDropout dropout of what attention and MLP add, in training
   * @param attentionDropout dropout of attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      int window,
      float embeddingDropout,
      float residualDropout,
      float attentionDropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 1),
          LayerKind.parseWindow(json),
          json.dropoutOr("embd_pdrop", 0),
          json.dropoutOr("resid_pdrop", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "phi3";
    }
  }

  /**
   * Configuration of Phi-3.5-MoE, whose layers all have a mixture of experts.
   *
   * @param window length of the sliding window, the query's own position included; 0 for full
   *     attention
   * @param attentionBias whether the projections of attention have biases
   * @param headBias whether the language-model head has a bias
   * @param dropout attention dropout, in training
   */
  public record MoeConfig(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      int window,
      boolean attentionBias,
      boolean headBias,
      Mixture mixture,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      float jitter = (float) json.doubleOr("router_jitter_noise", 0.01);
      return new MoeConfig(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          rope(json, sizes.maxPositions()),
          LayerKind.parseWindow(json),
          json.boolOr("attention_bias", false),
          json.boolOr("lm_head_bias", false),
          Mixture.parse(json, "intermediate_size", new ExpertWeighting.SparseMixer(jitter)),
          json.dropoutOr("attention_dropout", 0));
    }

    /** LongRoPE with the factor of cos and sin that the file gives, the same at all lengths. */
    private static RopeConfig rope(ConfigReader json, int maxPositions) {
      RopeConfig rope = RopeConfig.parse(json, maxPositions, 1e6);
      if (!(rope.scaling() instanceof RopeScaling.LongRope longRope)) {
        return rope;
      }
      ConfigReader found =
          json.object("rope_parameters").orElseGet(() -> json.requireObject("rope_scaling"));
      double factor = found.requireDouble("long_mscale");
      if (found.requireDouble("short_mscale") != factor) {
        throw found.error(
            "short_mscale",
            "must equal long_mscale, got %s and %s"
                .formatted(found.requireDouble("short_mscale"), factor));
      }
      return rope.withScaling(
          new RopeScaling.LongRope(
              longRope.shortFactor(),
              longRope.longFactor(),
              longRope.factor(),
              longRope.originalMaxPositions(),
              factor));
    }

    @Override
    public String modelType() {
      return "phimoe";
    }

    @Override
    public HeadRule head() {
      return headBias ? HeadRule.PLAIN.withBias() : HeadRule.PLAIN;
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }
  }

  private Phi3() {}

  /** Builds a dense model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            (layer, block) -> attention(config, parts, layer, block.at("self_attn")),
            (_, block) -> parts.fusedGatedMlp(block.at("mlp"), config.activation()))
        .withDropout(config.embeddingDropout(), config.residualDropout())
        .build(source);
  }

  /** Builds a Phi-3.5-MoE without its head from the parameters under {@code model}. */
  public static Backbone build(MoeConfig config, ParameterSource source) {
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.layerNorm(norm, config.normEps()),
            (layer, block) -> attention(config, parts, layer, block.at("self_attn")),
            (_, block) -> experts(config, block.at("block_sparse_moe")))
        .build(source);
  }

  private static Layer attention(
      Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.fusedQkv(source, "qkv_proj", false),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.oProj(source, false));
  }

  private static Layer attention(
      MoeConfig config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }

  private static Layer experts(MoeConfig config, ParameterSource source) {
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
