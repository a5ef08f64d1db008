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
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;

/** Phi 1, 1.5 and 2. arXiv:2306.11644, arXiv:2309.05463. */
public final class Phi {
  /** {@code phi}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("phi", "PhiForCausalLM", "model", Config::parse, Phi::build);

  /**
   * Phi 1, 1.5 and 2: rotary positions on part of each head, attention and MLP side by side.
   *
   * @param rope the rotation, of half of each head unless the file says otherwise
   * @param headNorms whether queries and keys are normalised, head by head
   * @param dropout in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean headNorms,
      Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "gelu_new"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
          json.boolOr("qk_layernorm", false),
          Dropouts.parse(json, "embd_pdrop", "resid_pdrop", "attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "phi";
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.withBias();
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Phi(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Phi model = new Phi(config);
    return new Stack(
        model.parts.embeddings(source).withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layernorm")));
  }

  /** Attention and MLP side by side behind one norm. */
  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("input_layernorm"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.mlp(source.at("mlp"), "fc1", config.activation(), "fc2", true),
        Residual.of(layer, config.dropout().residual()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, true),
        headNorm(source.at("q_layernorm")),
        headNorm(source.at("k_layernorm")),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout().attention()),
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
