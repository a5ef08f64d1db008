package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Falcon 7B, 40B and 180B: parallel attention and MLP, LayerNorm, multi-query (MQA) or
 * grouped-query attention (GQA), half-split RoPE or ALiBi, and a GELU MLP. arXiv:2311.16867.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times, by layout:
 *   7B, one norm:        x = x + attention(h) + mlp(h), h = norm(x)
 *   40B, 180B:           x = x + attention(norm(x)) + mlp(norm(x))
 *   falcon-rw, pre-norm: x = x + attention(norm(x)), then x = x + mlp(norm(x))
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(h Wq)                           (B, T, H, E)
 *               k = rope(h Wk), v = h Wv                 (B, T, G, E), appended to the KV cache
 *               softmax((q k' - slope[head] distance) / sqrt(E)) v Wo, the slopes with ALiBi only
 * mlp(h):       gelu(h Wup) Wdown                        (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Falcon {
  /** {@code falcon}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("falcon", "FalconForCausalLM", "transformer", Config::parse, Falcon::build);

  /**
   * What config.json of Falcon says.
   *
   * @param rope RoPE, used where there is no ALiBi
   * @param layout order of norms and residual connections in a block
   * @param alibi whether positions are encoded by ALiBi instead of RoPE
   * @param bias whether linear layers have biases
   * @param dropout probabilities of dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      Layout layout,
      boolean alibi,
      boolean bias,
      Dropouts dropout)
      implements SizedConfig {

    private static final DecoderSizes.Keys KEYS =
        new DecoderSizes.Keys(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "",
            "",
            "ffn_hidden_size",
            "max_position_embeddings");

    /** Orders of norms and residual connections in a block. */
    public enum Layout {
      /** Pre-norm: attention, then MLP, with a norm each. */
      SEQUENTIAL,
      /** Parallel attention and MLP, one norm for both: Falcon 7B. */
      PARALLEL,
      /** Parallel attention and MLP with a norm each: Falcon 40B and 180B. */
      PARALLEL_TWO_NORMS
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
      boolean grouped = json.boolOr("new_decoder_architecture", false);
      int numKvHeads =
          grouped || !json.boolOr("multi_query", true)
              ? json.intOr("num_kv_heads", sizes.numHeads(), 1, sizes.numHeads())
              : 1;
      if (sizes.numHeads() % numKvHeads != 0) {
        throw json.error(
            "num_kv_heads",
            "must divide num_attention_heads, got %d and %d"
                .formatted(numKvHeads, sizes.numHeads()));
      }
      return new Config(
          sizes.withNumKvHeads(numKvHeads),
          Activations.read(json, "activation", "gelu"),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions()),
          layout(json, grouped),
          json.boolOr("alibi", false),
          json.boolOr("bias", false),
          Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
    }

    private static Layout layout(ConfigReader json, boolean grouped) {
      if (grouped && json.intOr("num_ln_in_parallel_attn", 2, 1, 2) == 2) {
        return Layout.PARALLEL_TWO_NORMS;
      }
      return grouped || json.boolOr("parallel_attn", true) ? Layout.PARALLEL : Layout.SEQUENTIAL;
    }

    @Override
    public String modelType() {
      return "falcon";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final @Nullable Rope rope;
  private final @Nullable Tensor slopes;

  private Falcon(Config config, ParameterSource source) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    rope = config.alibi() ? null : parts.rope(config.rope());
    slopes = config.alibi() ? slopes(source, config.numHeads(), config.headDim()) : null;
  }

  /** Falcon divides the ALiBi bias by sqrt(E), as it does the scores. */
  private static Tensor slopes(ParameterSource source, int numHeads, int headDim) {
    float[] slopes = Alibi.slopes(numHeads);
    for (int i = 0; i < slopes.length; i++) {
      slopes[i] /= (float) Math.sqrt(headDim);
    }
    return source.constant(slopes, numHeads);
  }

  /**
   * Builds the model without its head from the parameters under {@code transformer} of a
   * checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    Falcon model = new Falcon(config, source);
    return new Stack(
        model.parts.embeddings(source, "word_embeddings"),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  private Block block(int layer, ParameterSource source) {
    Layer attention = attention(layer, source.at("self_attention"));
    Layer mlp =
        parts.mlp(
            source.at("mlp"), "dense_h_to_4h", config.activation(), "dense_4h_to_h", config.bias());
    Residual residual = Residual.of(layer, config.dropout().residual());
    return switch (config.layout()) {
      case SEQUENTIAL ->
          new PreNormBlock(
              norm(source.at("input_layernorm")),
              attention,
              norm(source.at("post_attention_layernorm")),
              mlp,
              residual);
      case PARALLEL -> {
        Norm norm = norm(source.at("input_layernorm"));
        yield new ParallelBlock(norm, attention, norm, mlp, residual);
      }
      case PARALLEL_TWO_NORMS ->
          new ParallelBlock(
              norm(source.at("ln_attn")), attention, norm(source.at("ln_mlp")), mlp, residual);
    };
  }

  /** Attention with a fused QKV projection, grouped by key-value head. */
  private Layer attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.groupedQkv(source, "query_key_value", config.bias()),
        rope,
        parts.attention(layer).withAlibi(slopes).withDropout(config.dropout().attention()),
        parts.oProj(source, "dense", config.bias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
