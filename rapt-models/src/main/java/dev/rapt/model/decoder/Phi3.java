package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Phi-3, Phi-3.5 and Phi-4 without experts. arXiv:2404.14219, section 2. */
public final class Phi3 {
  private final Phi3Config config;
  private final DecoderParts parts;

  private Phi3(Phi3Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Phi3Config config, ParameterSource source) {
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
        parts.output(self, false));
  }
}
