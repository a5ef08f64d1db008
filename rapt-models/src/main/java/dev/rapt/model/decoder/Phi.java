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

/**
 * Phi 1, 1.5 and 2: decoders with parallel attention and MLP behind one LayerNorm, partial rotary
 * and GELU, with biases, also in the head. Phi-1, arXiv:2306.11644; Phi-1.5, arXiv:2309.05463.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   h = norm(x)                                          (B, T, D)
 *   x = x + attention(h) + mlp(h)                        (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(h Wq), k = rope(h Wk), v = h Wv RoPE of the first half of each head
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       gelu(h W1) W2                            (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Phi {
  /** {@code phi}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("phi", "PhiForCausalLM", "model", Config::parse, Phi::build);

  /**
   * Configuration of Phi 1, 1.5 and 2.
   *
   * @param rope half-split RoPE of part of each head (partial rotary), by default the first half
   * @param qkNorm whether attention has QK-norm: LayerNorm per head
   * @param dropout of embeddings, residual stream and attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkNorm,
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

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Phi model = new Phi(config);
    return new Stack(
        model.parts.embeddings(source).withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layernorm")));
  }

  /** Parallel attention and MLP, which read the same norm. */
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
        qkNorm(source.at("q_layernorm")),
        qkNorm(source.at("k_layernorm")),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout().attention()),
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
