package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;

/** MPT. Introducing MPT-7B, MosaicML 2023, www.mosaicml.com/blog/mpt-7b. */
public final class Mpt {
  /** {@code mpt}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mpt", "MptForCausalLM", "transformer", Config::parse, Mpt::build);

  /**
   * MPT: positions as a penalty for distance, no biases.
   *
   * @param alibiBiasMax exponent of the gentlest slope, commonly 8
   * @param clip bound of queries, keys and values; 0 for none
   * @param scale factor of attention scores
   * @param dropout probability after projections and in attention, in training
   */
  public record Config(
      DecoderSizes sizes, float normEps, int alibiBiasMax, float clip, double scale, float dropout)
      implements SizedConfig {

    private static final DecoderSizes.Keys KEYS =
        new DecoderSizes.Keys("d_model", "n_layers", "n_heads", "", "", "", "max_seq_len");

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
      ConfigReader attention = json.requireObject("attn_config");
      if (attention.boolOr("qk_ln", false)) {
        throw json.error("attn_config", "must not have qk_ln");
      }
      if (!attention.boolOr("alibi", true) || !json.boolOr("no_bias", true)) {
        throw json.error("attn_config", "must have alibi, and no_bias be true");
      }
      return new Config(
          sizes, // four times the width inside the MLP, whatever expansion_ratio says
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          attention.intOr("alibi_bias_max", 8, 1, 1024),
          (float) attention.doubleOr("clip_qkv", 0),
          attention.doubleOr("softmax_scale", 1 / Math.sqrt(sizes.headDim())),
          attention.dropoutOr("attn_pdrop", 0));
    }

    @Override
    public String modelType() {
      return "mpt";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final Tensor slopes;

  private Mpt(Config config, ParameterSource source) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    float[] perHead = Alibi.slopes(config.numHeads());
    for (int i = 0; i < perHead.length; i++) { // 2^-8i/H becomes 2^-(max i/H)
      perHead[i] = (float) Math.pow(perHead[i], config.alibiBiasMax() / 8.0);
    }
    slopes = source.constant(perHead, perHead.length);
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Mpt model = new Mpt(config, source);
    return new Stack(
        model.parts.embeddings(source, "wte"),
        Stack.blocks(config.numLayers(), source.at("blocks"), model::block),
        model.norm(source.at("norm_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("norm_1")),
        attention(layer, source.at("attn")),
        norm(source.at("norm_2")),
        parts.mlp(source.at("ffn"), "up_proj", Activation.GELU, "down_proj", false),
        Residual.of(layer, config.dropout()));
  }

  /** Attention with linear biases behind one projection. */
  private SelfAttention attention(int layer, ParameterSource source) {
    QkvProjection qkv = parts.fusedQkv(source, "Wqkv", false);
    return new SelfAttention(
        config.clip() == 0 ? qkv : new QkvProjection.Clipped(qkv, config.clip()),
        null,
        parts
            .attention(layer)
            .scaled(config.scale())
            .withAlibi(slopes)
            .withDropout(config.dropout()),
        parts.oProj(source, "out_proj", false));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNormWithoutBias(source, config.normEps());
  }
}
