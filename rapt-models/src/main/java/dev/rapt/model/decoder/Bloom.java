package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.ResidualAfterNormBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;

/**
 * BLOOM: a pre-norm decoder with LayerNorm, also after the embeddings, ALiBi and a GELU MLP.
 * arXiv:2211.05100, section 3.2; ALiBi, arXiv:2108.12409.
 *
 * <pre>
 * x = norm(embedding[ids])                               (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = embedding' norm(x)                            (B, T, V)
 *
 * attention(h): q, k, v = h Wqkv + b                     (B, T, H, E); k, v to the KV cache
 *               softmax(q k' / sqrt(E) - slope[head] distance) v Wo + b
 * mlp(h):       gelu(h Wup + b) Wdown + b                (B, T, F) to (B, T, D)
 * </pre>
 *
 * With {@code apply_residual_connection_post_layernorm} the residual connection starts at the norm:
 * {@code x = norm(x) + attention(norm(x))}, and likewise for the MLP.
 */
public final class Bloom {
  /** {@code bloom}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("bloom", "BloomForCausalLM", "transformer", Config::parse, Bloom::build);

  /**
   * What config.json of BLOOM says.
   *
   * @param residualAfterNorm whether the residual connection adds to the output of each norm
   *     instead of its input
   * @param dropout probabilities of dropout, in training
   */
  public record Config(
      DecoderSizes sizes, float normEps, boolean residualAfterNorm, Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes.Keys keys =
          new DecoderSizes.Keys(
              json.has("hidden_size") ? "hidden_size" : "n_embed",
              json.has("n_layer") ? "n_layer" : "num_hidden_layers",
              json.has("n_head") ? "n_head" : "num_attention_heads",
              "",
              "",
              "",
              "seq_length");
      return new Config(
          DecoderSizes.parse(json, keys, true),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.boolOr("apply_residual_connection_post_layernorm", false),
          Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "bloom";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final Tensor slopes;

  private Bloom(Config config, ParameterSource source) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    slopes = source.constant(Alibi.slopes(config.numHeads()), config.numHeads());
  }

  /**
   * Builds the model without its head from the parameters under {@code transformer} of a
   * checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    Bloom model = new Bloom(config, source);
    return new Stack(
        model
            .parts
            .embeddings(source, "word_embeddings")
            .withNorm(model.norm(source.at("word_embeddings_layernorm"))),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    Layer attention = attention(layer, source.at("self_attention"));
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    Layer mlp =
        parts.mlp(source.at("mlp"), "dense_h_to_4h", Activation.GELU_TANH, "dense_4h_to_h", true);
    Residual residual = Residual.of(layer, config.dropout().residual());
    return config.residualAfterNorm()
        ? new ResidualAfterNormBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  /** Multi-head attention with ALiBi and a fused QKV projection, grouped by head. */
  private Layer attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.groupedQkv(source, "query_key_value", true), // three times (B, T, H, E)
        null,
        parts.attention(layer).withAlibi(slopes).withDropout(config.dropout().attention()),
        parts.oProj(source, "dense", true)); // (B, T, D)
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
