package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Gemma 1: Llama with scaled embeddings, norms around one, and heads wider than their share.
 *
 * @param embeddingScale factor of the tokens' vectors
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record GemmaConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    float embeddingScale,
    RopeConfig rope,
    boolean attentionBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static GemmaConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    requireCausal(json);
    return new GemmaConfig(
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
   * The root of the width, rounded as the model was trained: 55.5 for 3072 in bf16. Source: Hugging
   * Face transformers, modeling_gemma.py, {@code GemmaTextScaledWordEmbedding}.
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
