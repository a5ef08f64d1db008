package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.RelativeBias;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.nn.block.Stack;

/** MPNet: absolute positions, and scores by distance that all layers share. arXiv:2004.09297. */
public final class MpNet {
  /** From here on all distances share a bucket. */
  private static final int MAX_DISTANCE = 128;

  private MpNet() {}

  /** A model with the parameters under {@code mpnet} of a checkpoint. */
  public static Backbone build(MpNetConfig config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.MPNET);
    ParameterSource tables = source.at("embeddings");
    ParameterSource encoder = source.at("encoder");
    RelativeBias bias =
        RelativeBias.of(
            encoder.at("relative_attention_bias"),
            new RelativeBuckets(config.numBuckets(), MAX_DISTANCE, true),
            sizes.numHeads(),
            sizes.initStd());
    return new Stack(
        parts
            .embeddings(tables)
            .withPositionsPast(
                parts.table(tables.at("position_embeddings"), sizes.maxPositions()),
                MpNetConfig.POSITIONS_PAST),
        Stack.blocks(
            sizes.numLayers(),
            encoder.at("layer"),
            (layer, at) -> {
              Attention attention = Attention.of(layer, sizes.headDim()).withBias(bias);
              return parts.block(layer, at, parts.attention(at, attention));
            }),
        null);
  }
}
