package dev.rapt.model.encoder;

import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Stack;

/** DistilBERT, half of BERT's layers. arXiv:1910.01108. */
public final class DistilBert {
  private DistilBert() {}

  /**
   * A model with the parameters under {@code distilbert} of a checkpoint; the table of positions is
   * there whether it was learned or holds sinusoids.
   */
  public static Backbone build(DistilBertConfig config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.DISTILBERT);
    ParameterSource tables = source.at("embeddings");
    int positions = config.sizes().maxPositions();
    return new Stack(
        parts
            .embeddings(tables)
            .withPositions(parts.table(tables.at("position_embeddings"), positions), 0),
        Stack.blocks(
            config.sizes().numLayers(), source.at("transformer").at("layer"), parts::block),
        null);
  }
}
