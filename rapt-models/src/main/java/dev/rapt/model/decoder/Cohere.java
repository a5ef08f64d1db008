package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;

/** Command R and Command A. arXiv:2504.00698, section 2. */
public final class Cohere {
  private final CohereConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Cohere(CohereConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes).interleaved();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(CohereConfig config, ParameterSource source) {
    Cohere cohere = new Cohere(config);
    return new Stack(
        cohere.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), cohere::block),
        cohere.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("input_layernorm"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNormWithoutBias(source, config.normEps());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        headNorm(source.at("q_norm"), sizes.numHeads()),
        headNorm(source.at("k_norm"), sizes.numKvHeads()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source, int numHeads) {
    return config.headNorms()
        ? HeadNorm.Weighted.of(source, numHeads, sizes.headDim(), config.normEps())
        : null;
  }
}
