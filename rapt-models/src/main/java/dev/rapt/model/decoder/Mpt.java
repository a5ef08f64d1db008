package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.tensor.Tensor;

/**
 * MPT: a pre-norm decoder with LayerNorm, ALiBi, and a plain GELU MLP, all without biases.
 * Introducing MPT-7B, MosaicML 2023, www.mosaicml.com/blog/mpt-7b.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = norm(x) embedding'                            (B, T, V)
 *
 * attention(h): q, k, v = clip(h Wqkv)                   (B, T, H, E) each
 *               scores of head i at distance d: q k' scale - 2^(-m i / H) d, i = 1 ... H; ALiBi,
 *               arXiv:2108.12409, with m = alibi_bias_max
 *               softmax(scores) v Wo                     (B, T, H E) to (B, T, D)
 * mlp(h):       gelu(h Wup) Wdown                        (B, T, 4 D) to (B, T, D)
 * </pre>
 */
public final class Mpt {
  /** {@code mpt}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mpt", "MptForCausalLM", "transformer", Config::parse, Mpt::build);

  /**
   * Configuration of MPT.
   *
   * @param alibiBiasMax ALiBi's largest exponent m: the smallest slope is 2^-m; commonly 8
   * @param clip bound of the absolute values of q, k and v; 0 for none
   * @param scale factor of attention scores, commonly 1 / sqrt(E)
   * @param dropout dropout of attention weights and of what attention and MLP add, in training
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
        throw json.error("attn_config", "must have qk_ln false, got true");
      }
      if (!attention.boolOr("alibi", true)) {
        throw json.error("attn_config", "must have alibi true, got false");
      }
      if (!json.boolOr("no_bias", true)) {
        throw json.error("no_bias", "must be true, got false");
      }
      return new Config(
          sizes, // F is 4 D: expansion_ratio is ignored, as in the Python library
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

  private static final PreNormDecoder.Names NAMES =
      new PreNormDecoder.Names("blocks", "norm_1", "norm_2", "norm_f");

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

  /** Builds the model without its head from the parameters under {@code transformer}. */
  public static Backbone build(Config config, ParameterSource source) {
    Mpt model = new Mpt(config, source);
    return PreNormDecoder.of(model.parts, model::norm, model::attention, model::mlp)
        .named(NAMES)
        .withEmbeddings(root -> model.parts.embeddings(root, "wte"))
        .withDropout(0, config.dropout())
        .build(source);
  }

  /** Multi-head attention with ALiBi, and q, k and v from one projection. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("attn");
    QkvProjection qkv = parts.fusedQkv(own, "Wqkv", false);
    return new SelfAttention(
        config.clip() == 0 ? qkv : new QkvProjection.Clipped(qkv, config.clip()),
        null,
        parts
            .attention(layer)
            .scaled(config.scale())
            .withAlibi(slopes)
            .withDropout(config.dropout()),
        parts.oProj(own, "out_proj", false));
  }

  private Layer mlp(int layer, ParameterSource source) {
    return parts.mlp(source.at("ffn"), "up_proj", Activation.GELU, "down_proj", false);
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNormWithoutBias(source, config.normEps());
  }
}
