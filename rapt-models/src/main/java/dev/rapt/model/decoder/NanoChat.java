package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** nanochat of Andrej Karpathy. github.com/karpathy/nanochat, nanochat/gpt.py, October 2025. */
public final class NanoChat {
  /** {@code nanochat}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("nanochat", "NanoChatForCausalLM", "model", Config::parse, NanoChat::build);

  /**
   * nanochat: norms without weights, squared ReLU without gate, bounded logits.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param logitCap bound of logits; 0 for none
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      float logitCap,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "relu2"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          (float) json.doubleOr("final_logit_softcapping", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "nanochat";
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.withSoftCap(logitCap);
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final Norm norm;

  private NanoChat(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    norm = new Norm.NonParametricRmsNorm(config.normEps());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    NanoChat chat = new NanoChat(config);
    return new Stack(
        chat.parts.embeddings(source).withNorm(chat.norm),
        Stack.blocks(config.numLayers(), source.at("layers"), chat::block),
        chat.norm);
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.mlp(source.at("mlp"), "fc1", config.activation(), "fc2", false),
        Residual.of(layer, 0));
  }

  /** Norms without weights commute with rotations, so that it does not matter which is first. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        new HeadNorm.PerHead(norm),
        new HeadNorm.PerHead(norm),
        parts.rope(config.rope()).reversed(),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }
}
