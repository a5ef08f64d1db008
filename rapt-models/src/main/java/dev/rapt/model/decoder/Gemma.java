package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Gemma 1: Llama with RMSNorm with (1 + w), GeGLU, scaled and tied embeddings, and heads wider than
 * D / H. A pre-norm decoder with half-split RoPE; multi-query attention (MQA) in the 2B model.
 * arXiv:2403.08295, section 2.
 *
 * <pre>
 * As Llama, but:
 * x = sqrt(D) embedding[ids]                             (B, T, D)
 * mlp(h):  (gelu(h Wgate) * h Wup) Wdown                 (B, T, F) to (B, T, D)
 * norm(x): x / sqrt(mean(x^2) + eps) * (1 + w)           over D
 * </pre>
 */
public final class Gemma {
  /** {@code gemma}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gemma", "GemmaForCausalLM", "model", Config::parse, Gemma::build);

  /**
   * What config.json of Gemma 1 says.
   *
   * @param embeddingScale factor of the token embeddings
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      float embeddingScale,
      RopeConfig rope,
      boolean attentionBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      requireCausal(json);
      return new Config(
          sizes,
          activation(json),
          json.epsilonOr("rms_norm_eps", 1e-6),
          embeddingScale(json, sizes.hiddenSize()),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    /**
     * The first release's files say {@code gelu}, but the models were trained with its tanh form.
     */
    private static Activation activation(ConfigReader json) {
      String key = json.has("hidden_activation") ? "hidden_activation" : "hidden_act";
      Activation activation = Activations.read(json, key, "gelu_pytorch_tanh");
      return activation == Activation.GELU ? Activation.GELU_TANH : activation;
    }

    /**
     * Returns sqrt(D), rounded to the type that the model was trained in: 55.5 for D = 3072 in
     * bf16. Source: Hugging Face transformers, modeling_gemma.py, {@code
     * GemmaTextScaledWordEmbedding}.
     */
    static float embeddingScale(ConfigReader json, int hiddenSize) {
      float root = (float) Math.sqrt(hiddenSize);
      String type = json.stringOr("dtype", json.stringOr("torch_dtype", "float32"));
      return switch (type) {
        case "bfloat16" -> Bfloat16.toFloat(Bfloat16.fromFloat(root));
        case "float16" -> Float.float16ToFloat(Float.floatToFloat16(root));
        default -> root;
      };
    }

    /** Refuses bidirectional encoders that are derived from Gemma. */
    static void requireCausal(ConfigReader json) {
      if (json.boolOr("use_bidirectional_attention", false)) {
        throw json.error("use_bidirectional_attention", "must be false for a decoder, got true");
      }
    }

    @Override
    public String modelType() {
      return "gemma";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Gemma(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Gemma gemma = new Gemma(config);
    return PreNormDecoder.of(gemma.parts, gemma::norm, gemma::attention, gemma::mlp)
        .scaled(config.embeddingScale(), 1)
        .build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** GeGLU: (gelu(h Wgate) * h Wup) Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), false);
  }

  /** RMSNorm with (1 + w). */
  private Norm norm(ParameterSource source) {
    return parts.rmsNormOnePlus(source, config.normEps());
  }
}
