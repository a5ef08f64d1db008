package dev.rapt.model.decoder;

import dev.rapt.autograd.ExpertWeighting;
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
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** Phi-3.5-MoE. arXiv:2404.14219, section 2; its router: arXiv:2409.12136. */
public final class PhiMoe {
  /** {@code phimoe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("phimoe", "PhimoeForCausalLM", "model", Config::parse, PhiMoe::build);

  /**
   * Phi-3.5-MoE: layer norms, and a mixture of two of many experts weighted by SparseMixer. Choices
   * are made without the noise of training.
   *
   * @param window keys that a query looks back over, itself included; 0 for all
   * @param attentionBias whether the projections of attention have biases
   * @param headBias whether the head has one
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
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
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      float jitter = (float) json.doubleOr("router_jitter_noise", 0.01);
      return new Config(
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

    /** LongRoPE has its factors of cos and sin in the file here, equal for short and long input. */
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

  private final Config config;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private PhiMoe(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    mixture = new MixtureParts(config.sizes(), config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new PhiMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.layerNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("block_sparse_moe")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }

  private MoeMlp experts(ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
