package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Command R and Command A: parallel attention and MLP behind one LayerNorm without bias,
 * interleaved RoPE, grouped-query attention (GQA), SwiGLU, and logits scaled by a constant.
 * arXiv:2504.00698, section 2.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   h = norm(x)
 *   x = x + attention(h) + mlp(h)                        (B, T, D)
 * logits = logitScale head(norm(x))                      (B, T, V)
 *
 * attention(h): q = rope(h Wq)                           (B, T, H, E)
 *               k = rope(h Wk), v = h Wv                 (B, T, G, E), appended to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       (silu(h Wgate) * h Wup) Wdown            (B, T, F) to (B, T, D)
 * </pre>
 *
 * <ul>
 *   <li>{@code cohere} (Command R): RoPE and full attention in every layer; Command R+ has QK-norm,
 *       a LayerNorm with a weight for each head.
 *   <li>{@code cohere2} (Command R7B, Command A): three layers with a sliding window and RoPE, then
 *       one with full attention and no position encoding.
 * </ul>
 */
public final class Cohere {
  /** {@code cohere}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("cohere", "CohereForCausalLM", "model", Config::parseCohere, Cohere::build);

  /** {@code cohere2}. */
  public static final Family<Config, Backbone> COHERE2 =
      new Family<>("cohere2", "Cohere2ForCausalLM", "model", Config::parseCohere2, Cohere::build);

  /**
   * What config.json of Command R or Command A says.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param attentionBias whether the projections of attention have biases
   * @param qkNorm whether queries and keys are normalised, each head by itself
   * @param logitScale factor of the logits
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      boolean qkNorm,
      float logitScale,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Command R. */
    public static Config parseCohere(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      LayerKind kind = LayerKind.full(RopeConfig.parse(json, sizes.maxPositions(), 5e5));
      List<LayerKind> kinds = LayerKind.alike(sizes.numLayers(), kind);
      return parse(json, sizes, kinds, json.boolOr("use_qk_norm", false));
    }

    /** Reads a config.json of Command R7B or Command A. */
    public static Config parseCohere2(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
      int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
      List<LayerKind> kinds =
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> (layer + 1) % period != 0,
              new LayerKind(window, rope),
              LayerKind.full(null));
      return parse(json, sizes, kinds, false);
    }

    private static Config parse(
        ConfigReader json, DecoderSizes sizes, List<LayerKind> kinds, boolean qkNorm) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          kinds,
          json.boolOr("attention_bias", false),
          qkNorm,
          (float) json.doubleOr("logit_scale", 0.0625),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.scaled(logitScale);
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Cohere(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes).interleavedRope();
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Cohere cohere = new Cohere(config);
    return new Stack(
        cohere.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), cohere::block),
        cohere.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("input_layernorm"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        Residual.of(layer, 0));
  }

  private Layer attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        qkNorm(source.at("q_norm"), sizes.numHeads()),
        qkNorm(source.at("k_norm"), sizes.numKvHeads()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(source, config.attentionBias())); // (B, T, D)
  }

  /** LayerNorm of each head with a weight (E) of its own, or null without QK-norm. */
  private @Nullable HeadNorm qkNorm(ParameterSource source, int numHeads) {
    return config.qkNorm()
        ? HeadNorm.LayerNormPerHead.of(source, numHeads, sizes.headDim(), config.normEps())
        : null;
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNormWithoutBias(source, config.normEps());
  }
}
