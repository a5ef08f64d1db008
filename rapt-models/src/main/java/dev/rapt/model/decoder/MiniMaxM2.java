package dev.rapt.model.decoder;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/**
 * MiniMax-M2: a pre-norm decoder with RMSNorm, partial rotary, GQA, QK-norm over all heads together
 * and a mixture of experts in every layer. MiniMax-M2 model card, MiniMax 2025.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): q = rope(norm(h Wq)), k = rope(norm(h Wk))
 *               norm over all heads of a token; rope turns the first rotary_dim of the E values
 * mlp(h):       sum over the top k experts of p_e expert_e(h), each expert a SwiGLU
 *               s = sigmoid(h Wrouter), top k by s + correction, p = s / sum of s over the top k
 * </pre>
 */
public final class MiniMaxM2 {
  /** {@code minimax_m2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("minimax_m2", "MiniMaxM2ForCausalLM", "model", Config::parse, MiniMaxM2::build);

  /**
   * Configuration of MiniMax-M2.
   *
   * @param rope half-split RoPE of part of each head (partial rotary)
   * @param dropout attention dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      Mixture mixture,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      int rotaryDim = json.intOr("rotary_dim", sizes.headDim(), 1, sizes.headDim());
      double share = (double) rotaryDim / sizes.headDim();
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parsePartial(json, sizes.maxPositions(), share, 5e6),
          Mixture.parse(json, "intermediate_size", new ExpertWeighting.Sigmoid(true, 1)),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "minimax_m2";
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

  private MiniMaxM2(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new MiniMaxM2(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("block_sparse_moe")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, false),
        parts.qkNormOverAllHeads(source.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.qkNormOverAllHeads(source.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(source, false));
  }

  private MoeMlp experts(ParameterSource source) {
    Parameter correction =
        source.get("e_score_correction_bias", Init.ZEROS, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("gate"), ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
