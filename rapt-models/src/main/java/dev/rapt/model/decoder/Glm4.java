package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;

/**
 * GLM-4 of April 2025. arXiv:2406.12793, and the norms of Hugging Face's {@code Glm4DecoderLayer}.
 */
public final class Glm4 {
  private final Glm4Config config;
  private final DecoderParts parts;

  private Glm4(Glm4Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleaved();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Glm4Config config, ParameterSource source) {
    Glm4 glm = new Glm4(config);
    return new Stack(
        glm.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), glm::block),
        glm.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(config, parts, layer, source.at("self_attn")),
        norm(source.at("post_self_attn_layernorm")),
        norm(source.at("post_attention_layernorm")),
        parts.fusedGatedMlp(source.at("mlp"), config.activation()),
        norm(source.at("post_mlp_layernorm")),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  /** Attention of GLM-4, with two norms a block or four. */
  static SelfAttention attention(
      Glm4Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, false));
  }
}
