package dev.rapt.model.decoder;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
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
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;

/**
 * AFMoE, Arcee's Trinity models: a sandwich-norm decoder with RMSNorm, gated grouped-query
 * attention (GQA) with QK-norm, and a mixture of experts (MoE) with shared experts. Most layers
 * have a sliding window and half-split RoPE; every fourth attends to all keys and has no position
 * encoding. Arcee Trinity manifesto, Arcee AI 2025.
 *
 * <pre>
 * x = embeddingScale embedding[ids]                      (B, T, D)
 * L times:
 *   x = x + norm(attention(norm(x)))                     (B, T, D)
 *   x = x + norm(mlp(norm(x)))                           (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(norm(h Wq))                     (B, T, H, E)
 *               k = rope(norm(h Wk)), v = h Wv           (B, T, G, E), appended to the KV cache
 *               y = softmax(q k' / sqrt(E)) v            (B, T, H E)
 *               (sigmoid(h Wgate) * y) Wo                (B, T, D)
 * mlp(h):       SwiGLU(h) in the first layers, then      (B, T, D)
 *               shared(h) + sum of w[e] SwiGLU[e](h) over the top-k experts e
 * w:            s = sigmoid(h Wrouter)                   (B, T, X), top-k of s + correction
 *               w = routeScale s / (sum of the chosen s)
 * </pre>
 */
public final class Afmoe {
  /** {@code afmoe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("afmoe", "AfmoeForCausalLM", "model", Config::parse, Afmoe::build);

  /**
   * What config.json of AFMoE says.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param embeddingScale factor of the token embeddings
   * @param attentionBias whether the projections of attention have biases
   * @param mixture experts and their routing
   * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
   * @param numDenseLayers layers at the start with a dense MLP instead of experts
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      float embeddingScale,
      boolean attentionBias,
      Mixture mixture,
      int sharedSize,
      int numDenseLayers,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      float routeScale = (float) json.doubleOr("route_scale", 1);
      Mixture mixture =
          Mixture.parse(
              json, "moe_intermediate_size", new ExpertWeighting.Sigmoid(true, routeScale));
      int numShared = json.intOr("num_shared_experts", 2, 0, 1 << 10);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          kinds(json, sizes),
          json.boolOr("mup_enabled", false) ? (float) Math.sqrt(sizes.hiddenSize()) : 1,
          json.boolOr("attention_bias", false),
          mixture,
          Math.multiplyExact(mixture.intermediateSize(), numShared),
          json.intOr("num_dense_layers", 1, 0, Integer.MAX_VALUE),
          json.dropoutOr("attention_dropout", 0));
    }

    private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int window = json.intOr("sliding_window", 1024, 1, Integer.MAX_VALUE);
      int period = json.intOr("global_attn_every_n_layers", 4, 1, Integer.MAX_VALUE);
      return LayerKind.parse(
          json,
          sizes.numLayers(),
          layer -> (layer + 1) % period != 0,
          new LayerKind(window, rope),
          LayerKind.full(null));
    }

    @Override
    public String modelType() {
      return "afmoe";
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

  private Afmoe(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Afmoe afmoe = new Afmoe(config);
    return new Stack(
        afmoe.parts.embeddings(source).scaled(config.embeddingScale()),
        Stack.blocks(config.numLayers(), source.at("layers"), afmoe::block),
        afmoe.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        norm(source.at("pre_mlp_layernorm")),
        mlp(layer, source.at("mlp")),
        norm(source.at("post_mlp_layernorm")),
        Residual.of(layer, 0));
  }

  /** Gated attention: sigmoid(h Wgate) multiplies what the output projection reads. */
  private Layer attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    long width = (long) sizes.numHeads() * sizes.headDim();
    return new SelfAttention(
            parts.qkv(source, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
            parts.qkNorm(source.at("q_norm"), config.normEps()),
            parts.qkNorm(source.at("k_norm"), config.normEps()),
            parts.rope(kind),
            parts.attention(layer, kind).withDropout(config.dropout()), // (B, T, H E)
            parts.oProj(source, config.attentionBias())) // (B, T, D)
        .withOutputGate(
            Linear.of(source.at("gate_proj"), sizes.hiddenSize(), width, false, sizes.initStd()));
  }

  /** SwiGLU in the first layers, then experts chosen by sigmoid scores and a correction bias. */
  private Layer mlp(int layer, ParameterSource source) {
    if (layer < config.numDenseLayers()) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    Parameter correction = source.get("expert_bias", Init.ZEROS, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("router").at("gate"), ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), config.activation()),
        config.sharedSize() == 0
            ? null
            : mixture.sharedExpert(
                source.at("shared_experts"), config.sharedSize(), config.activation(), false),
        null);
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
