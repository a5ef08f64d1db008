package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Gemma 1. arXiv:2403.08295, section 2. */
public final class Gemma {
  /** {@code gemma}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gemma", "GemmaForCausalLM", "model", Config::parse, Gemma::build);

  /**
   * Gemma 1: Llama with scaled embeddings, norms around one, and heads wider than their share.
   *
   * @param embeddingScale factor of the tokens' vectors
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
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

    /** The first release's files say {@code gelu} where the tanh approximation was trained. */
    private static Activation activation(ConfigReader json) {
      String key = json.has("hidden_activation") ? "hidden_activation" : "hidden_act";
      Activation activation = Activations.read(json, key, "gelu_pytorch_tanh");
      return activation == Activation.GELU ? Activation.GELU_TANH : activation;
    }

    /**
     * The root of the width, rounded as the model was trained: 55.5 for 3072 in bf16. Source:
     * Hugging Face transformers, modeling_gemma.py, {@code GemmaTextScaledWordEmbedding}.
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

    /** Refuses encoders that were made of Gemma. */
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

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Gemma(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNormOnePlus(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false))
        .scaled(config.embeddingScale(), 1);
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
