package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/** Llama 1 to 3. arXiv:2302.13971, arXiv:2307.09288, arXiv:2407.21783. */
public final class Llama {
  /** {@code llama}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("llama", "LlamaForCausalLM", "model", Config::parse, Llama::build);

  /**
   * Llama 1 to 3: rotary positions, RMS norm, grouped-query attention, gated MLP.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the layers of the MLP have biases
   * @param dropout probability after projections and in attention, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      boolean mlpBias,
      float dropout)
      implements SizedConfig, FreshConfig {

    /** A configuration with the choices of the published models. */
    public static Config of(DecoderSizes sizes) {
      return new Config(
          sizes,
          Activation.SILU,
          1e-5f,
          new RopeConfig(10000, new RopeScaling.None()),
          false,
          false,
          0);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, DecoderSizes.Keys.LLAMA);
      json.put("hidden_act", Activations.name(activation))
          .put("rms_norm_eps", Double.parseDouble(Float.toString(normEps)))
          .put("attention_bias", attentionBias)
          .put("mlp_bias", mlpBias)
          .put("attention_dropout", Double.parseDouble(Float.toString(dropout)));
      rope.write(json);
    }

    @Override
    public String modelType() {
      return "llama";
    }

    @Override
    public Config withVocabSize(int size) {
      return new Config(
          sizes.withVocabSize(size), activation, normEps, rope, attentionBias, mlpBias, dropout);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Llama(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Llama llama = new Llama(config);
    return new Stack(
        llama.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), llama::block),
        llama.norm(source.at("norm")));
  }

  /** Attention, then gated MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias()),
        Residual.of(layer, config.dropout()));
  }

  /** Rotary self-attention; G key-value heads are shared by H query heads. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
