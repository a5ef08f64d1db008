package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import java.util.ArrayList;
import java.util.List;

/**
 * ALBERT: factorised embeddings, and layers that share their weights. arXiv:1909.11942, section
 * 3.1.
 */
public final class Albert {
  private Albert() {}

  /** A model with the parameters under {@code albert} of a checkpoint. */
  public static Backbone build(AlbertConfig config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.ALBERT);
    ParameterSource tables = source.at("embeddings");
    ParameterSource encoder = source.at("encoder");
    Linear widening =
        Linear.of(
            encoder.at("embedding_hidden_mapping_in"),
            sizes.embeddingSize(),
            sizes.hiddenSize(),
            true,
            sizes.initStd());
    Embeddings embeddings =
        parts
            .embeddings(tables)
            .withPositions(parts.table(tables.at("position_embeddings"), sizes.maxPositions()), 0)
            .then((x, _) -> widening.forward(x));
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < sizes.numLayers(); i++) {
      int group = (int) ((long) i * config.numGroups() / sizes.numLayers());
      blocks.add(group(config, parts, i, encoder.at("albert_layer_groups." + group)));
    }
    return new Stack(embeddings, blocks, null);
  }

  /** The layers of a group, one after the other, which count as one. */
  private static Block group(
      AlbertConfig config, EncoderParts parts, int layer, ParameterSource source) {
    List<Block> inside = new ArrayList<>();
    for (int i = 0; i < config.layersPerGroup(); i++) {
      inside.add(parts.block(layer * config.layersPerGroup() + i, source.at("albert_layers." + i)));
    }
    return inside.size() == 1
        ? inside.getFirst()
        : (x, pass) -> {
          for (Block block : inside) {
            x = block.forward(x, pass);
          }
          return x;
        };
  }
}
