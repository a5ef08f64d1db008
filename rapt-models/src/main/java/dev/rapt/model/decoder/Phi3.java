package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
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

/** Phi-3, Phi-3.5 and Phi-4 without experts. arXiv:2404.14219, section 2. */
public final class Phi3 {
  /** {@code phi3}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("phi3", "Phi3ForCausalLM", "model", Config::parse, Phi3::build);

  /**
   * Phi-3 and Phi-4: Llama with fused projections; some have a window, stretched or partial
   * rotations.
   *
   * @param window keys that a query looks back over, itself included; 0 for all
   * @param embeddingDropout probability to drop an element of the embeddings, in training
   * @param residualDropout the same of what attention and MLP add
   * @param attentionDropout the same of an attention weight
   */
  public record Config(
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
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
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

  private final Config config;
  private final DecoderParts parts;

  private Phi3(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Phi3(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.fusedGatedMlp(layer.at("mlp"), config.activation()))
        .withDropout(config.embeddingDropout(), config.residualDropout());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.fusedQkv(self, "qkv_proj", false),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.oProj(self, false));
  }
}
