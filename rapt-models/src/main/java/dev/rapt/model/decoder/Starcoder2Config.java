package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * StarCoder 2: pre-norm blocks with layer norms, rotary positions and an MLP without gate.
 *
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param bias whether linear layers have biases
 * @param embeddingDropout probability to drop an element of the embeddings, in training
 * @param residualDropout the same of what attention and MLP add
 * @param attentionDropout the same of an attention weight
 */
public record Starcoder2Config(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    int window,
    boolean bias,
    float embeddingDropout,
    float residualDropout,
    float attentionDropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Starcoder2Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    return new Starcoder2Config(
        sizes,
        Activations.read(json, "hidden_act", "gelu_pytorch_tanh"),
        json.epsilonOr("norm_epsilon", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions()),
        LayerKind.parseWindow(json),
        json.boolOr("use_bias", true),
        json.dropoutOr("embedding_dropout", 0),
        json.dropoutOr("residual_dropout", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "starcoder2";
  }
}
