package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LocalGlobalAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;

/**
 * Longformer (arXiv:2004.05150): RoBERTa for long texts, in which tokens see their neighbours and a
 * few global tokens.
 */
public final class Longformer {
  private Longformer() {}

  /** A model with the parameters under {@code longformer} of a checkpoint. */
  public static Backbone build(LongformerConfig config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        parts
            .embeddings(tables)
            .withPositionsPast(
                parts.table(tables.at("position_embeddings"), sizes.maxPositions()),
                sizes.padTokenId()),
        Stack.blocks(
            sizes.numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> block(config, parts, layer, at)),
        null);
  }

  private static Block block(
      LongformerConfig config, EncoderParts parts, int layer, ParameterSource source) {
    LocalGlobalAttention attention =
        new LocalGlobalAttention(
            layer,
            config.windows().get(layer) / 2,
            parts.projections(source, ""),
            parts.projections(source, "_global"),
            config.sizes().attentionDropout(),
            parts.square(source.at(parts.names().oProj())));
    return parts.block(layer, source, attention);
  }
}
