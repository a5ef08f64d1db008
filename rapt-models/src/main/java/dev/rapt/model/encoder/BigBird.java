package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;

/** BigBird (arXiv:2007.14062): BERT for long texts, with attention between blocks. */
public final class BigBird {
  private BigBird() {}

  /** A model with the parameters under {@code bert} of a checkpoint. */
  public static Backbone build(BigBirdConfig config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.BERT);
    return new Stack(
        embeddings(config, parts, source.at("embeddings")),
        Stack.blocks(
            sizes.numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> block(config, parts, layer, at)),
        null);
  }

  /** Unlike BERT's, these are normalised after dropout. */
  private static Embeddings embeddings(
      BigBirdConfig config, EncoderParts parts, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    Norm norm = parts.norm(source.at("LayerNorm"));
    return Embeddings.of(parts.table(source.at("word_embeddings"), sizes.vocabSize()))
        .scaled(config.scaledEmbedding() ? (float) Math.sqrt(sizes.hiddenSize()) : 1)
        .withTokenTypes(parts.table(source.at("token_type_embeddings"), sizes.numTokenTypes()))
        .withPositions(parts.table(source.at("position_embeddings"), sizes.maxPositions()), 0)
        .withDropout(sizes.dropout())
        .then((x, _) -> norm.forward(x));
  }

  private static Block block(
      BigBirdConfig config, EncoderParts parts, int layer, ParameterSource source) {
    BlockSparseAttention attention =
        new BlockSparseAttention(
            layer,
            config.blocks(),
            parts.projections(source, ""),
            config.sizes().attentionDropout(),
            parts.square(source.at(parts.names().oProj())));
    return parts.block(layer, source, attention);
  }
}
