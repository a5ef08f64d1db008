package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;

/** K-EXAONE. arXiv:2601.01739, section 2. */
public final class ExaoneMoe {
  private ExaoneMoe() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(ExaoneMoeConfig config, ParameterSource source) {
    Exaone4Config base = config.base();
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, block) -> Exaone4.attention(base, parts, layer, block.at("self_attn")),
            (layer, block) ->
                config
                    .experts()
                    .mlp(layer, block.at("mlp"), config.sizes(), base.activation(), false))
        .build(source);
  }
}
