package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
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
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.FusedGatedMlp;
import dev.rapt.nn.mlp.MoeMlp;

/**
 * Granite 3: Llama with four constant factors, those of maximal update parametrisation (muP), and
 * optionally a mixture of experts. A pre-norm decoder with RMSNorm, half-split RoPE, grouped-query
 * attention (GQA) and SwiGLU. Granite 3.0 Language Models, IBM 2024; muP, arXiv:2203.03466;
 * ScatterMoE, arXiv:2403.08245.
 *
 * <pre>
 * As Llama, but:
 * x = embeddingFactor embedding[ids]                     (B, T, D)
 * x = x + residualFactor attention(norm(x))              (B, T, D), and likewise for the MLP
 * logits = head(norm(x)) / logitsFactor                  (B, T, V)
 *
 * attention(h): softmax(attentionFactor q k') v Wo       (B, T, H E) to (B, T, D)
 * mlp(h):       with experts, sum of w[e] SwiGLU[e](h) over the top-k experts e, plus shared(h)
 * w:            softmax over the chosen logits h Wrouter
 * </pre>
 *
 * <ul>
 *   <li>{@code granite}: dense.
 *   <li>{@code granitemoe}: experts in every layer.
 *   <li>{@code granitemoeshared}: experts and a shared expert in every layer.
 * </ul>
 */
public final class Granite {
  /** {@code granite}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("granite", "GraniteForCausalLM", "model", Config::parse, Granite::build);

  /** {@code granitemoe}. */
  public static final Family<MoeConfig, Backbone> GRANITEMOE =
      new Family<>(
          "granitemoe", "GraniteMoeForCausalLM", "model", MoeConfig::parse, Granite::buildMoe);

  /** {@code granitemoeshared}. */
  public static final Family<MoeConfig, Backbone> GRANITEMOESHARED =
      new Family<>(
          "granitemoeshared",
          "GraniteMoeSharedForCausalLM",
          "model",
          MoeConfig::parseShared,
          Granite::buildMoe);

  /**
   * What config.json of a dense Granite 3 says.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the three projections of the MLP have biases
   * @param factors of embeddings, scores, residual connections and logits
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      boolean mlpBias,
      Factors factors,
      float dropout)
      implements SizedConfig {

    /**
     * Granite's four factors.
     *
     * @param embedding factor of the token embeddings
     * @param attention factor of attention scores, in place of 1 / sqrt(E)
     * @param residual factor of what attention and MLP add to the residual stream
     * @param logits divisor of the logits
     */
    public record Factors(float embedding, float attention, float residual, float logits) {
      /** Reads the factors; each is 1 by default. */
      public static Factors parse(ConfigReader json) {
        return new Factors(
            (float) json.doubleOr("embedding_multiplier", 1),
            (float) json.doubleOr("attention_multiplier", 1),
            (float) json.doubleOr("residual_multiplier", 1),
            (float) json.positiveOr("logits_scaling", 1));
      }
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          Factors.parse(json),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "granite";
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.scaled(1.0 / factors.logits());
    }
  }

  /**
   * What config.json of Granite 3 with experts says.
   *
   * @param base what it shares with the dense models
   * @param mixture experts and their routing
   * @param sharedSize F of the shared expert; 0 for none
   */
  public record MoeConfig(String modelType, Config base, Mixture mixture, int sharedSize)
      implements SizedConfig {
    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      return parse(json, 0);
    }

    /** Reads a config.json with shared experts. */
    public static MoeConfig parseShared(ConfigReader json) {
      return parse(json, json.intOr("shared_intermediate_size", 0, 0, Integer.MAX_VALUE));
    }

    private static MoeConfig parse(ConfigReader json, int sharedSize) {
      return new MoeConfig(
          json.requireString("model_type"),
          Config.parse(json),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX),
          sharedSize);
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public HeadRule head() {
      return base.head();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Granite(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Granite granite = new Granite(config);
    return granite.decoder(granite::mlp).build(source);
  }

  /** Builds a model with experts from the parameters under {@code model} of a checkpoint. */
  public static Backbone buildMoe(MoeConfig config, ParameterSource source) {
    Granite granite = new Granite(config.base());
    return granite.decoder((_, block) -> granite.experts(config, block)).build(source);
  }

  private PreNormDecoder decoder(LayerPart mlp) {
    return PreNormDecoder.of(parts, this::norm, this::attention, mlp)
        .scaled(config.factors().embedding(), config.factors().residual());
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts
            .attention(layer)
            .scaled(config.factors().attention())
            .withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** SwiGLU: (silu(h Wgate) * h Wup) Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias());
  }

  /** Experts in stacked tensors, and a shared expert if there is one. */
  private Layer experts(MoeConfig moe, ParameterSource block) {
    ParameterSource source = block.at("block_sparse_moe");
    int X = moe.mixture().numExperts();
    int D = sizes.hiddenSize();
    int F = moe.mixture().intermediateSize();
    return new MoeMlp(
        new MixtureParts(sizes, moe.mixture()).router(source.at("router").at("layer"), false),
        new ExpertMlp.Fused(
            stacked(source.at("input_linear"), X, 2L * F, D, sizes.initStd()),
            GateLayout.HALVES,
            new Gating.Product(config.activation()),
            stacked(source.at("output_linear"), X, D, F, sizes.residualStd())),
        moe.sharedSize() == 0 ? null : shared(moe.sharedSize(), block.at("shared_mlp")),
        null);
  }

  /** A weight (X, output, input). */
  private static ExpertLinear stacked(
      ParameterSource source, int X, long outputSize, long inputSize, double std) {
    return new ExpertLinear.Stacked(
        source.get("weight", new Init.Normal(std), X, outputSize, inputSize), false, null);
  }

  /** The shared expert: SwiGLU with gate and up projection in one matrix. */
  private Layer shared(int F, ParameterSource source) {
    int D = sizes.hiddenSize();
    return new FusedGatedMlp(
        Linear.of(source.at("input_linear"), D, 2L * F, false, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("output_linear"), F, D, false, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
