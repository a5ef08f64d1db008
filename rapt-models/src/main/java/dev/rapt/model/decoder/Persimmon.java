package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;

/**
 * Persimmon 8B: a pre-norm decoder with LayerNorm, partial rotary, multi-head attention with
 * QK-norm, and squared ReLU, with biases. Releasing Persimmon-8B, Adept 2023.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): q, k, v = h Wqkv + b                     one projection
 *               q = rope(norm(q)), k = rope(norm(k))     LayerNorm per head, one weight (E);
 *                                                        RoPE of the first half of each head
 * mlp(h):       relu(h Wup + b)^2 Wdown + b              (B, T, F) to (B, T, D)
 * norm(x):      LayerNorm
 * </pre>
 */
public final class Persimmon {
  /** {@code persimmon}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("persimmon", "PersimmonForCausalLM", "model", Config::parse, Persimmon::build);

  /**
   * Configuration of Persimmon.
   *
   * @param rope half-split RoPE of part of each head (partial rotary)
   * @param qkNorm whether attention has QK-norm
   * @param dropout dropout of what the MLP adds, in training
   * @param attentionDropout dropout of attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkNorm,
      float dropout,
      float attentionDropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "relu2"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
          json.boolOr("qk_layernorm", true),
          json.dropoutOr("hidden_dropout", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "persimmon";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Persimmon(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Persimmon model = new Persimmon(config);
    return new Stack(
        model.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layernorm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        parts.mlp(source.at("mlp"), "dense_h_to_4h", config.activation(), "dense_4h_to_h", true),
        Residual.of(layer, 0).withMlpDropout(config.dropout()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        new QkvProjection.Unfused(parts.groupedQkv(source, "query_key_value", true)),
        qkNorm(source.at("q_layernorm")),
        qkNorm(source.at("k_layernorm")),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.oProj(source, "dense", true));
  }

  private @Nullable HeadNorm qkNorm(ParameterSource source) {
    return config.qkNorm()
        ? new HeadNorm.PerHead(Norm.LayerNorm.of(source, config.headDim(), config.normEps(), true))
        : null;
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
