package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
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
 * ALBERT: a BERT with factorised embeddings and cross-layer parameter sharing. arXiv:1909.11942,
 * section 3.1. The blocks are {@link Bert}'s; layer i has the weights of group i G / L of G.
 *
 * <pre>
 * e = norm(token[ids] + segment[types] + position[0 .. T - 1])        (B, T, embeddingSize)
 * x = e W + b                                                         (B, T, D)
 * L times, the blocks of a group one after the other:
 *   x = norm(x + attention(x))                                        (B, T, D)
 *   x = norm(x + mlp(x))                                              (B, T, D)
 * </pre>
 */
public final class Albert {
  /** {@code albert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("albert", "AlbertForMaskedLM", "albert", Config::parse, Albert::build);

  /**
   * What config.json of an ALBERT says.
   *
   * @param numGroups groups of layers; the layers of a group share their weights
   * @param layersPerGroup blocks with weights of their own in a group; a layer runs all of them
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

  /** Builds the model without its head from the parameters under {@code albert}. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    Bert bert = new Bert(new EncoderParts(sizes, EncoderParts.Names.ALBERT));
    ParameterSource encoder = source.at("encoder");
    Linear projection =
        Linear.of(
            encoder.at("embedding_hidden_mapping_in"),
            sizes.embeddingSize(),
            sizes.hiddenSize(),
            true,
            sizes.initStd());
    Embeddings embeddings =
        bert.embeddings(source.at("embeddings")).then((x, _) -> projection.forward(x));
    List<Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < sizes.numLayers(); layer++) {
      int group = (int) ((long) layer * config.numGroups() / sizes.numLayers());
      ParameterSource layers = encoder.at("albert_layer_groups." + group).at("albert_layers");
      for (int i = 0; i < config.layersPerGroup(); i++) {
        blocks.add(bert.block(blocks.size(), layers.at(Integer.toString(i))));
      }
    }
    return new Stack(embeddings, blocks, null);
  }
}
