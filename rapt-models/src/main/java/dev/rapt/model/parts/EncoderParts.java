package dev.rapt.model.parts;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.mlp.Mlp;

/**
 * The parts that BERT and its kin have in common, under the names of a family. arXiv:1810.04805.
 */
public record EncoderParts(EncoderSizes sizes, LayerNames names) {
  /** Tokens, segments where there are any, a norm; positions are for the family to add. */
  public Embeddings embeddings(ParameterSource source) {
    int width = sizes.embeddingSize();
    return sum(source)
        .withNorm(Norm.LayerNorm.of(source.at("LayerNorm"), width, sizes.normEps(), true));
  }

  /** The same without a norm. */
  public Embeddings sum(ParameterSource source) {
    Embeddings tokens =
        Embeddings.of(table(source.at("word_embeddings"), sizes.vocabSize()))
            .withDropout(sizes.dropout());
    return sizes.numTokenTypes() == 0
        ? tokens
        : tokens.withTokenTypes(table(source.at("token_type_embeddings"), sizes.numTokenTypes()));
  }

  /** A table with a row of the width of the embeddings for each id. */
  public Embedding table(ParameterSource source, int numIds) {
    return Embedding.of(source, numIds, sizes.embeddingSize(), sizes.initStd());
  }

  /** The table of positions. */
  public Embedding positions(ParameterSource source) {
    return table(source.at("position_embeddings"), sizes.maxPositions());
  }

  /** Attention, then MLP, each added to the stream, and the sum normalised. */
  public Block block(int layer, ParameterSource source) {
    return block(layer, source, attention(source, Attention.of(layer, sizes.headDim())));
  }

  /** The same around another attention. */
  public Block block(int layer, ParameterSource source, Layer attention) {
    return new PostNormBlock(
        attention,
        norm(source.at(names.attentionNorm())),
        mlp(source),
        norm(source.at(names.mlpNorm())),
        Residual.of(layer, sizes.dropout()));
  }

  /** Self-attention with projections of queries, keys and values. */
  public SelfAttention attention(ParameterSource source, Attention attention) {
    return new SelfAttention(
        projections(source, ""),
        null,
        attention.withDropout(sizes.attentionDropout()),
        square(source.at(names.oProj())));
  }

  /** Queries, keys and values from layers whose names end so. */
  public QkvProjection.Separate projections(ParameterSource source, String suffix) {
    return new QkvProjection.Separate(
        square(source.at(names.qProj() + suffix)),
        square(source.at(names.kProj() + suffix)),
        square(source.at(names.vProj() + suffix)),
        sizes.numHeads(),
        sizes.numHeads(),
        sizes.headDim());
  }

  /** A layer from the stream to the stream. */
  public Linear square(ParameterSource source) {
    return Linear.of(source, sizes.hiddenSize(), sizes.hiddenSize(), true, sizes.initStd());
  }

  /** A norm of the stream. */
  public Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), sizes.normEps(), true);
  }

  /** Two layers, with the activation between them. */
  public Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at(names.upProj()), D, F, true, sizes.initStd()),
        sizes.activation(),
        Linear.of(source.at(names.downProj()), F, D, true, sizes.initStd()));
  }
}
