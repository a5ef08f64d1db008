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
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;

/**
 * nanochat: a pre-norm decoder with RMSNorm without weights, half-split RoPE, GQA, QK-norm, squared
 * ReLU and logit soft-capping. Andrej Karpathy, github.com/karpathy/nanochat, nanochat/gpt.py,
 * October 2025.
 *
 * <pre>
 * x = norm(embedding[ids])                               (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = cap tanh(head(norm(x)) / cap)                 (B, T, V)
 *
 * attention(h): q = norm(rope(h Wq)), k = norm(rope(h Wk)), v = h Wv; rope with negated angles
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       relu(h Wup)^2 Wdown                      (B, T, F) to (B, T, D)
 * norm(x):      x / sqrt(mean(x^2) + eps)                over D, or over E in attention
 * </pre>
 */
public final class NanoChat {
  /** {@code nanochat}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("nanochat", "NanoChatForCausalLM", "model", Config::parse, NanoChat::build);

  /**
   * Configuration of nanochat.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param logitCap logit soft-capping: logits are cap tanh(logits / cap); 0 for none
   * @param dropout attention dropout, in training
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

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    NanoChat chat = new NanoChat(config);
    return PreNormDecoder.of(chat.parts, _ -> chat.norm, chat::attention, chat::mlp)
        .withEmbeddings(root -> chat.parts.embeddings(root).withNorm(chat.norm))
        .build(source);
  }

  /** QK-norm comes before RoPE here: a norm without weights commutes with a rotation. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()),
        new HeadNorm.PerHead(norm),
        new HeadNorm.PerHead(norm),
        parts.rope(config.rope()).reversed(),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(own, config.attentionBias()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    return parts.mlp(source.at("mlp"), "fc1", config.activation(), "fc2", false);
  }
}
