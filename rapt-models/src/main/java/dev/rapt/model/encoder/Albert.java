package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
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
import tools.jackson.databind.node.ObjectNode;

/**
 * ALBERT: factorised embeddings, and layers that share their weights. arXiv:1909.11942, section
 * 3.1.
 */
public final class Albert {
  /** {@code albert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("albert", "AlbertForMaskedLM", "albert", Config::parse, Albert::build);

  /**
   * ALBERT: BERT whose layers share their weights in groups.
   *
   * @param numGroups groups of layers with weights of their own, spread evenly over the depth
   * @param layersPerGroup different layers in a group
   */
  public record Config(EncoderSizes sizes, int numGroups, int layersPerGroup)
      implements EncoderConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes =
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT)
              .withGeluTanhByDefault(json, EncoderSizes.Keys.BERT);
      return new Config(
          sizes,
          json.intOr("num_hidden_groups", 1, 1, sizes.numLayers()),
          json.intOr("inner_group_num", 1, 1, Integer.MAX_VALUE));
    }

    @Override
    public String modelType() {
      return "albert";
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("num_hidden_groups", numGroups).put("inner_group_num", layersPerGroup);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return new Vocabulary(
          HeadTransform.of("predictions.dense", sizes.activation()).normed("predictions.LayerNorm"),
          "predictions.decoder",
          "predictions.bias");
    }

    @Override
    public HeadTransform pooler() {
      return HeadTransform.of("pooler", Activation.TANH).inside();
    }

    @Override
    public String pairProjection() {
      return "sop_classifier.classifier";
    }
  }

  private Albert() {}

  /** A model with the parameters under {@code albert} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
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
  private static Block group(Config config, EncoderParts parts, int layer, ParameterSource source) {
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
