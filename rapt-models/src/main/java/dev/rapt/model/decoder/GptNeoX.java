package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * GPT-NeoX 20B and Pythia: parallel attention and MLP with a LayerNorm each, multi-head attention
 * with half-split RoPE on a quarter of each head (partial rotary), and a GELU MLP. GPT-NeoX,
 * arXiv:2204.06745; Pythia, arXiv:2304.01373.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + attention(norm(x)) + mlp(norm(x))            (B, T, D), parallel
 *   or pre-norm, without use_parallel_residual:
 *   x = x + attention(norm(x)), then x = x + mlp(norm(x))
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q, k, v = h Wqkv + b, q and k rotated    (B, T, H, E); k, v to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo + b         (B, T, H E) to (B, T, D)
 * mlp(h):       gelu(h Wup + b) Wdown + b                (B, T, F) to (B, T, D)
 * </pre>
 */
public final class GptNeoX {
  /** {@code gpt_neox}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt_neox", "GPTNeoXForCausalLM", "gpt_neox", Config::parse, GptNeoX::build);

  /**
   * What config.json of GPT-NeoX says.
   *
   * @param rope RoPE, on a quarter of each head by default
   * @param parallel whether blocks have parallel attention and MLP; otherwise they are pre-norm
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probabilities of dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean parallel,
      boolean attentionBias,
      Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      double share = json.doubleOr("rotary_pct", 0.25);
      double theta = json.positiveOr("rotary_emb_base", RopeConfig.DEFAULT_THETA);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "gelu"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), share, theta),
          json.boolOr("use_parallel_residual", true),
          json.boolOr("attention_bias", true),
          Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "gpt_neox";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }

    @Override
    public HeadRule head() {
      return HeadRule.named("embed_out");
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private GptNeoX(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /**
   * Builds the model without its head from the parameters under {@code gpt_neox} of a checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    GptNeoX model = new GptNeoX(config);
    return new Stack(
        model.parts.embeddings(source, "embed_in").withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layer_norm")));
  }

  /** A block with parallel attention and MLP, or a pre-norm block. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    Layer attention = attention(layer, source.at("attention"));
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    Layer mlp =
        parts.mlp(source.at("mlp"), "dense_h_to_4h", config.activation(), "dense_4h_to_h", true);
    Residual residual = Residual.of(layer, config.dropout().residual());
    return config.parallel()
        ? new ParallelBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  /** Multi-head attention with RoPE and a fused QKV projection, grouped by head. */
  private Layer attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.groupedQkv(source, "query_key_value", config.attentionBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout().attention()),
        parts.oProj(source, "dense", config.attentionBias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
