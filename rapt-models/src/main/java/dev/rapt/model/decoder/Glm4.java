package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;

/**
 * GLM-4 and GLM-Edge: RMSNorm, interleaved RoPE on half of each head (partial rotary),
 * grouped-query attention (GQA) with biases on queries, keys and values, SwiGLU with a fused
 * projection. arXiv:2406.12793, section 2; the sandwich norms of {@code glm4} after {@code
 * Glm4DecoderLayer} of Hugging Face transformers.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times, glm4, sandwich norm:
 *   x = x + norm(attention(norm(x)))                     (B, T, D)
 *   x = x + norm(mlp(norm(x)))                           (B, T, D)
 * L times, glm, pre-norm:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(h Wq + b)                       (B, T, H, E)
 *               k = rope(h Wk + b), v = h Wv + b         (B, T, G, E), appended to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       [g, u] = h Wgateup, (silu(g) * u) Wdown  (B, T, F) to (B, T, D)
 * </pre>
 *
 * <ul>
 *   <li>{@code glm} (June 2024, and GLM-Edge): pre-norm.
 *   <li>{@code glm4} (April 2025): sandwich norm.
 * </ul>
 */
public final class Glm4 {
  /** {@code glm}. */
  public static final Family<Config, Backbone> GLM =
      new Family<>("glm", "GlmForCausalLM", "model", Config::parse, Glm4::buildPreNorm);

  /** {@code glm4}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("glm4", "Glm4ForCausalLM", "model", Config::parse, Glm4::build);

  /**
   * What config.json of a dense GLM-4 says.
   *
   * @param qkvBias whether the query, key and value projections have biases
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1.5625e-7),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
          json.boolOr("attention_bias", true),
          json.dropoutOr("attention_dropout", 0));
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Glm4(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleavedRope();
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Glm4 glm = new Glm4(config);
    return new Stack(
        glm.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), glm::block),
        glm.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source),
        norm(source.at("post_self_attn_layernorm")),
        norm(source.at("post_attention_layernorm")),
        mlp(layer, source),
        norm(source.at("post_mlp_layernorm")),
        Residual.of(layer, 0));
  }

  /** Builds the pre-norm model of June 2024 from the parameters under {@code model}. */
  public static Backbone buildPreNorm(Config config, ParameterSource source) {
    Glm4 glm = new Glm4(config);
    return PreNormDecoder.of(glm.parts, glm::norm, glm::attention, glm::mlp).build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.qkvBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, false)); // (B, T, D)
  }

  /** SwiGLU with gate and up projection in one matrix. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.fusedGatedMlp(source.at("mlp"), config.activation());
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
