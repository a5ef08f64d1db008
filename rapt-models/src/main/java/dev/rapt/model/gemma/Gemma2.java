package dev.rapt.model.gemma;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.HeadNorm;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SandwichBlock;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import org.jspecify.annotations.Nullable;

/** Gemma 2 and 3. arXiv:2408.00118, section 2; arXiv:2503.19786, section 2. */
public final class Gemma2 {
  private final Gemma2Config config;
  private final DecoderParts parts;

  private Gemma2(Gemma2Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Gemma2Config config, ParameterSource source) {
    Gemma2 gemma = new Gemma2(config);
    return new Stack(
        gemma.parts.embeddings(source).scaled(config.embeddingScale()),
        Stack.blocks(config.numLayers(), source.at("layers"), gemma::block),
        gemma.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(config, parts, layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        norm(source.at("pre_feedforward_layernorm")),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNormAroundOne(source, config.normEps());
  }

  /** Attention of Gemma 2 and 3, with four norms a block or two. */
  static SelfAttention attention(
      Gemma2Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        headNorm(config, source.at("q_norm")),
        headNorm(config, source.at("k_norm")),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .scaled(config.scoreScale())
            .capped(config.scoreCap())
            .withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  private static @Nullable HeadNorm headNorm(Gemma2Config config, ParameterSource source) {
    return config.headNorms()
        ? new HeadNorm.PerHead(Norm.RmsNorm.aroundOne(source, config.headDim(), config.normEps()))
        : null;
  }
}
