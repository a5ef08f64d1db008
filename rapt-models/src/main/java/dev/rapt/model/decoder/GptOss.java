package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Gating;
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
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;

/**
 * gpt-oss: a pre-norm decoder with RMSNorm, half-split RoPE (YaRN), grouped-query attention (GQA)
 * with attention sinks and a sliding window in every second layer, and a mixture of experts with
 * clamped SwiGLU in every layer. arXiv:2508.10925, section 2; attention sinks, arXiv:2309.17453.
 *
 * <pre>
 * As Llama, but:
 * attention(h): weights = exp(s) / (exp(sink[head]) + sum of exp(s)), s = q k' / sqrt(E)
 *               weights v Wo + b                         (B, T, H E) to (B, T, D)
 * mlp(h):       sum of w[e] expert[e](h) over the top-k experts e
 * w:            softmax over the chosen logits h Wrouter + b
 * expert(h):    [g, u] = h Wgateup + b                   (B, T, F) each, columns interleaved
 *               (g sigmoid(1.702 g) * (u + 1)) Wdown + b with g at most 7 and u in [-7, 7]
 * </pre>
 */
public final class GptOss {
  /** {@code gpt_oss}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt_oss", "GptOssForCausalLM", "model", Config::parse, GptOss::build);

  /**
   * What config.json of gpt-oss says.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param attentionBias whether the projections of attention have biases
   * @param mixture experts and their routing
   * @param gating the clamped SwiGLU inside an expert
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      Mixture mixture,
      Gating gating,
      float dropout)
      implements SizedConfig {
    private static final float STEEPNESS = 1.702f;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      if (json.object("rope_parameters").or(() -> json.object("rope_scaling")).isEmpty()) {
        throw json.error("rope_parameters", "must describe the scaling of RoPE, got none");
      }
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 15e4);
      int window = json.intOr("sliding_window", 128, 1, Integer.MAX_VALUE);
      return new Config(
          sizes,
          json.epsilonOr("rms_norm_eps", 1e-5),
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> layer % 2 == 0,
              new LayerKind(window, rope),
              LayerKind.full(rope)),
          json.boolOr("attention_bias", true),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX),
          new Gating.Clamped((float) json.atLeastZeroOr("swiglu_limit", 7), STEEPNESS),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "gpt_oss";
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

  private GptOss(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    GptOss model = new GptOss(config);
    return PreNormDecoder.of(model.parts, model::norm, model::attention, model::mlp).build(source);
  }

  /** Attention with sinks: a learned score of each head joins the denominator of the softmax. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .withSinks(own.get("sinks", new Init.Normal(sizes.initStd()), sizes.numHeads()))
            .withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** Experts in stacked tensors; gate and up columns are interleaved. */
  private Layer mlp(int layer, ParameterSource source) {
    ParameterSource own = source.at("mlp");
    int D = sizes.hiddenSize();
    int F = config.mixture().intermediateSize();
    ParameterSource experts = own.at("experts");
    return new MoeMlp(
        mixture.router(own.at("router"), true),
        new ExpertMlp.Fused(
            stacked(experts, "gate_up_proj", D, 2L * F, sizes.initStd()),
            GateLayout.INTERLEAVED,
            config.gating(),
            stacked(experts, "down_proj", F, D, sizes.residualStd())));
  }

  /** A weight (X, input, output) and a bias (X, output). */
  private ExpertLinear stacked(
      ParameterSource source, String name, long inputSize, long outputSize, double std) {
    int X = config.mixture().numExperts();
    return new ExpertLinear.Stacked(
        source.get(name, new Init.Normal(std), X, inputSize, outputSize),
        true,
        source.get(name + "_bias", Init.ZEROS, X, outputSize));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
