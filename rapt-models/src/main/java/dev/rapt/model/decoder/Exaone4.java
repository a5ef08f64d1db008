package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.DeepSeekMoe;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.IntNode;

/**
 * EXAONE 4 and K-EXAONE: RMSNorm, grouped-query attention (GQA) with QK-norm, SwiGLU. With sliding
 * windows, windowed layers have half-split RoPE and full layers no position encoding (NoPE);
 * without, every layer has RoPE. EXAONE 4.0, arXiv:2507.11407, section 2.1; K-EXAONE,
 * arXiv:2601.01739, section 2.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times, EXAONE 4, norms on outputs:
 *   x = x + norm(attention(x))                           (B, T, D)
 *   x = x + norm(mlp(x))                                 (B, T, D)
 * L times, K-EXAONE, pre-norm:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(norm(h Wq))                     (B, T, H, E), norm over E
 *               k = rope(norm(h Wk)), v = h Wv           (B, T, G, E), appended to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       EXAONE 4: (silu(h Wgate) * h Wup) Wdown  (B, T, F) to (B, T, D)
 *               K-EXAONE: DeepSeekMoE, see {@link DeepSeekMoe}
 * </pre>
 */
public final class Exaone4 {
  /** {@code exaone4}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("exaone4", "Exaone4ForCausalLM", "model", Config::parse, Exaone4::build);

  /** {@code exaone_moe}. */
  public static final Family<MoeConfig, Backbone> EXAONE_MOE =
      new Family<>(
          "exaone_moe", "ExaoneMoeForCausalLM", "model", MoeConfig::parse, Exaone4::buildMoe);

  /**
   * What config.json of EXAONE 4 says.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          kinds(json, sizes),
          json.dropoutOr("attention_dropout", 0));
    }

    /** Without a sliding window, every layer has RoPE. */
    private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int window = LayerKind.parseWindow(json, 4096);
      if (window == 0) {
        return LayerKind.alike(sizes.numLayers(), LayerKind.full(rope));
      }
      return LayerKind.parse(
          json, sizes.numLayers(), slides(json), new LayerKind(window, rope), LayerKind.full(null));
    }

    /** The pattern is a period, or letters: L for sliding window, G for full attention. */
    private static IntPredicate slides(ConfigReader json) {
      JsonNode pattern = json.json().path("sliding_window_pattern");
      if (pattern.isString() && pattern.stringValue().matches("[LG]+")) {
        String letters = pattern.stringValue();
        return layer -> letters.charAt(layer % letters.length()) == 'L';
      }
      int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
      return layer -> (layer + 1) % period != 0;
    }
  }

  /**
   * What config.json of K-EXAONE says.
   *
   * @param base what it shares with EXAONE 4
   * @param experts the mixture of experts, and which layers have it
   */
  public record MoeConfig(Config base, DeepSeekMoe experts) implements SizedConfig {
    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      Config base = Config.parse(json);
      int numExperts = json.requireInt("num_experts", 1, 1 << 16);
      int numShared = json.intOr("num_shared_experts", 1, 0, 1 << 10);
      ConfigReader renamed =
          json.with("n_routed_experts", IntNode.valueOf(numExperts))
              .with("n_shared_experts", IntNode.valueOf(numShared));
      return new MoeConfig(
          base,
          DeepSeekMoe.parse(
              renamed, DeepSeekMoe.Scoring.SIGMOID, DeepSeekMoe.Defaults.EXAONE, base.numLayers()));
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
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile("mtp\\..*")); // multi-token prediction
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Exaone4(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Exaone4 exaone = new Exaone4(config);
    return new Stack(
        exaone.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), exaone::block),
        exaone.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(layer, source),
        norm(source.at("post_attention_layernorm")),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, 0));
  }

  /** Builds K-EXAONE from the parameters under {@code model} of a checkpoint. */
  public static Backbone buildMoe(MoeConfig config, ParameterSource source) {
    Exaone4 exaone = new Exaone4(config.base());
    return PreNormDecoder.of(
            exaone.parts,
            exaone::norm,
            exaone::attention,
            (layer, block) ->
                config
                    .experts()
                    .mlp(layer, block.at("mlp"), config.sizes(), config.base().activation(), false))
        .build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, false), // (B, T, H, E) and twice (B, T, G, E)
        parts.qkNorm(own.at("q_norm"), config.normEps()),
        parts.qkNorm(own.at("k_norm"), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, false)); // (B, T, D)
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
