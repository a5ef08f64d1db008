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

/** Persimmon 8B. Releasing Persimmon-8B, Adept 2023. */
public final class Persimmon {
  /** {@code persimmon}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("persimmon", "PersimmonForCausalLM", "model", Config::parse, Persimmon::build);

  /**
   * Persimmon: squared ReLU, layer norms of queries and keys, half of each head rotated.
   *
   * @param headNorms whether each head of queries and keys is normalised
   * @param dropout probability to drop an element of what the MLP adds, in training
   * @param attentionDropout probability to drop an attention weight, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean headNorms,
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

  /** A model with the parameters under {@code model} of a checkpoint. */
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
        headNorm(source.at("q_layernorm")),
        headNorm(source.at("k_layernorm")),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.oProj(source, "dense", true));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.headNorms()
        ? new HeadNorm.PerHead(Norm.LayerNorm.of(source, config.headDim(), config.normEps(), true))
        : null;
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
