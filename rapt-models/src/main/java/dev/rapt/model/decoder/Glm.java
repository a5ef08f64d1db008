package dev.rapt.model.decoder;

import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;

/** GLM-4 of June 2024, and GLM-Edge. arXiv:2406.12793, section 2. */
public final class Glm {
  /** {@code glm}. */
  public static final Family<Glm4.Config, Backbone> FAMILY =
      new Family<>("glm", "GlmForCausalLM", "model", Glm4.Config::parse, Glm::build);

  private Glm() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Glm4.Config config, ParameterSource source) {
    DecoderParts parts = DecoderParts.of(config.sizes()).interleavedRope();
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            (layer, block) -> Glm4.attention(config, parts, layer, block.at("self_attn")),
            (_, block) -> parts.fusedGatedMlp(block.at("mlp"), config.activation()))
        .build(source);
  }
}
