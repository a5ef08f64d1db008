package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.SizedConfig;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPT-2: learned positions, pre-norm blocks, one MLP with a plain activation.
 *
 * @param scaleScores whether attention scores are divided by the root of the head's width
 * @param scaleByLayer whether attention scores are divided by the layer's number, too
 * @param dropout in training
 */
public record Gpt2Config(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    boolean scaleScores,
    boolean scaleByLayer,
    Dropouts dropout)
    implements SizedConfig, FreshConfig {

  /** A configuration with the choices of the published models. */
  public static Gpt2Config of(DecoderSizes sizes) {
    return new Gpt2Config(sizes, Activation.GELU_TANH, 1e-5f, true, false, Dropouts.NONE);
  }

  /** Reads a config.json. */
  public static Gpt2Config parse(ConfigReader json) {
    return new Gpt2Config(
        DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true),
        Activations.read(json, "activation_function", "gelu_new"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.boolOr("scale_attn_weights", true),
        json.boolOr("scale_attn_by_inverse_layer_idx", false),
        Dropouts.parse(json, 0.1));
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, DecoderSizes.Keys.GPT2);
    json.put("activation_function", Activations.name(activation))
        .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
        .put("scale_attn_weights", scaleScores)
        .put("scale_attn_by_inverse_layer_idx", scaleByLayer);
    dropout.write(json);
  }

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }

  @Override
  public Gpt2Config withVocabSize(int size) {
    return new Gpt2Config(
        sizes.withVocabSize(size), activation, normEps, scaleScores, scaleByLayer, dropout);
  }
}
