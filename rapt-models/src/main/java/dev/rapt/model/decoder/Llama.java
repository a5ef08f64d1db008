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
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import tools.jackson.databind.node.ObjectNode;

/**
 * Llama 1 to 3: a pre-norm decoder with RMSNorm, half-split RoPE, grouped-query attention (GQA) and
 * SwiGLU. LLaMA, arXiv:2302.13971; Llama 2, arXiv:2307.09288; Llama 3, arXiv:2407.21783.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): q = rope(h Wq)                           (B, T, H, E)
 *               k = rope(h Wk), v = h Wv                 (B, T, G, E), appended to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       (silu(h Wgate) * h Wup) Wdown            (B, T, F) to (B, T, D)
 * norm(x):      x / sqrt(mean(x^2) + eps) * weight       over D
 * </pre>
 *
 * <p>{@link PreNormDecoder} holds the loop over the blocks, {@link SelfAttention} and {@code
 * GatedMlp} what happens inside them.
 */
public final class Llama {
  /** {@code llama}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("llama", "LlamaForCausalLM", "model", Config::parse, Llama::build);

  /**
   * Configuration of Llama.
   *
   * @param attentionBias whether the four projections of attention have biases
   * @param mlpBias whether the three projections of the MLP have biases
   * @param dropout attention dropout, in training
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

    /** Returns a configuration of these sizes, with the other values of Llama 2. */
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

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return decoder(config).build(source);
  }

  /** Builds one more block of the model from the parameters of this layer. */
  public static Block block(Config config, int layer, ParameterSource source) {
    return decoder(config).block(layer, source);
  }

  private static PreNormDecoder decoder(Config config) {
    Llama llama = new Llama(config);
    return PreNormDecoder.of(llama.parts, llama::norm, llama::attention, llama::mlp);
  }

  /** softmax(rope(q) rope(k)' / sqrt(E)) v, and the output projection. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** SwiGLU: (silu(h Wgate) * h Wup) Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias());
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
