package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
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
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.attention.Temperature;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.InputScaledMoe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Llama 4, the text model: a pre-norm decoder with RMSNorm, interleaved RoPE, GQA with chunked
 * attention, QK-norm without weights, and a mixture of experts in some layers or all. The Llama 4
 * herd, Meta 2025.
 *
 * <pre>
 * As {@link Llama}, but:
 * layers with RoPE:    q = norm(rope(h Wq)), k = norm(rope(h Wk)), norm per head without weights;
 *                      chunked attention: position p sees the positions up to p in its own chunk
 * layers without RoPE: (NoPE) full attention; scores times 1 + a log(1 + floor((p + 1) / length)),
 *                      arXiv:2501.19399
 * layers with experts: mlp(h) = shared(h) + expert_e(p_e h), with e the top expert of h Wrouter
 *                      and p = sigmoid(h Wrouter)
 * dense layers:        mlp is SwiGLU
 * </pre>
 */
public final class Llama4 {
  /** {@code llama4_text}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("llama4_text", "Llama4ForCausalLM", "model", Config::parse, Llama4::build);

  /**
   * Configuration of the text model of Llama 4.
   *
   * @param kinds RoPE and chunk size of each layer; the window of a kind is the chunk size
   * @param temperature factor of attention scores in the layers without RoPE
   * @param qkNorm whether the layers with RoPE have QK-norm
   * @param attentionBias whether the projections of attention have biases
   * @param sparse whether each layer has experts in place of an MLP
   * @param dropout attention dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      Temperature temperature,
      boolean qkNorm,
      boolean attentionBias,
      Mixture mixture,
      List<Boolean> sparse,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of the text model. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      Mixture mixture =
          Mixture.parse(json, "intermediate_size", new ExpertWeighting.Sigmoid(false, 1));
      if (mixture.topK() != 1) {
        throw json.error("num_experts_per_tok", "must be 1 in Llama 4, got " + mixture.topK());
      }
      return new Config(
          sizes.withIntermediateSize(
              json.requireInt("intermediate_size_mlp", 1, Integer.MAX_VALUE)),
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          kinds(json, sizes),
          json.boolOr("attn_temperature_tuning", true)
              ? new Temperature(
                  json.doubleOr("attn_scale", 0.1),
                  json.intOr("floor_scale", 8192, 1, Integer.MAX_VALUE),
                  1)
              : Temperature.CONSTANT,
          json.boolOr("use_qk_norm", true),
          json.boolOr("attention_bias", false),
          mixture,
          sparseLayers(json, sizes.numLayers()),
          json.dropoutOr("attention_dropout", 0));
    }

    private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 5e5);
      List<Boolean> rotates = SmolLm3.Config.rotates(json, sizes.numLayers());
      List<String> types = json.strings("layer_types");
      int chunk = json.intOr("attention_chunk_size", 8192, 1, Integer.MAX_VALUE);
      List<LayerKind> kinds = new ArrayList<>();
      for (int layer = 0; layer < sizes.numLayers(); layer++) {
        boolean chunked = types.isEmpty() ? rotates.get(layer) : isChunked(json, types, layer);
        kinds.add(new LayerKind(chunked ? chunk : 0, rotates.get(layer) ? rope : null));
      }
      return List.copyOf(kinds);
    }

    private static boolean isChunked(ConfigReader json, List<String> types, int layer) {
      String type = layer < types.size() ? types.get(layer) : "nothing for layer " + layer;
      return switch (type) {
        case "chunked_attention" -> true;
        case "full_attention" -> false;
        default ->
            throw json.error(
                "layer_types", "must hold chunked_attention and full_attention, got " + type);
      };
    }

    private static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
      int step = json.intOr("interleave_moe_layer_step", 1, 1, Integer.MAX_VALUE);
      List<Integer> named = json.ints("moe_layers");
      return IntStream.range(0, numLayers)
          .mapToObj(i -> json.has("moe_layers") ? named.contains(i) : (i + 1) % step == 0)
          .toList();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }

    @Override
    public String modelType() {
      return "llama4_text";
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Llama4(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes).interleavedRope();
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Llama4(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("feed_forward")));
  }

  /** QK-norm comes before RoPE here: a norm without weights commutes with a rotation. */
  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    boolean rotates = kind.rope() != null;
    Attention attention = parts.attention(layer).withDropout(config.dropout());
    HeadNorm norm =
        config.qkNorm() && rotates
            ? new HeadNorm.PerHead(new Norm.NonParametricRmsNorm(config.normEps()))
            : null;
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        norm,
        norm,
        parts.rope(kind),
        rotates
            ? chunked(attention, kind)
            : chunked(attention.withTemperature(config.temperature()), kind),
        parts.oProj(source, config.attentionBias()));
  }

  private static Attention chunked(Attention attention, LayerKind kind) {
    return kind.window() == 0 ? attention : attention.inChunksOf(kind.window());
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    int F = config.mixture().intermediateSize();
    return new InputScaledMoe(
        mixture.router(source.at("router"), false),
        experts(source.at("experts")),
        mixture.sharedExpert(source.at("shared_expert"), F, config.activation(), false));
  }

  /** Stacked experts: {@code gate_up_proj} (X, D, 2 F) and {@code down_proj} (X, F, D). */
  private ExpertMlp experts(ParameterSource source) {
    int X = config.mixture().numExperts();
    int D = sizes.hiddenSize();
    int F = config.mixture().intermediateSize();
    Init up = new Init.Normal(sizes.initStd());
    Init down = new Init.Normal(sizes.residualStd());
    return new ExpertMlp.Fused(
        new ExpertLinear.Stacked(source.get("gate_up_proj", up, X, D, 2L * F), true, null),
        GateLayout.HALVES,
        new Gating.Product(config.activation()),
        new ExpertLinear.Stacked(source.get("down_proj", down, X, F, D), true, null));
  }
}
