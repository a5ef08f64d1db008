package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Phi-3 and Phi-4: Llama with fused projections; some have a window, stretched or partial
 * rotations.
 *
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param embeddingDropout probability to drop an element of the embeddings, in training
 * @param residualDropout the same of what attention and MLP add
 * @param attentionDropout the same of an attention weight
 */
public record Phi3Config(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    int window,
    float embeddingDropout,
    float residualDropout,
    float attentionDropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Phi3Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new Phi3Config(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 1),
        LayerKind.parseWindow(json),
        json.dropoutOr("embd_pdrop", 0),
        json.dropoutOr("resid_pdrop", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "phi3";
  }
}
