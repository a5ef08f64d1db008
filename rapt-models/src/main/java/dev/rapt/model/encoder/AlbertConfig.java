package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import tools.jackson.databind.node.ObjectNode;

/**
 * ALBERT: BERT whose layers share their weights in groups.
 *
 * @param numGroups groups of layers with weights of their own, spread evenly over the depth
 * @param layersPerGroup different layers in a group
 */
public record AlbertConfig(EncoderSizes sizes, int numGroups, int layersPerGroup)
    implements EncoderConfig {
  /** Reads a config.json. */
  public static AlbertConfig parse(ConfigReader json) {
    EncoderSizes sizes =
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT)
            .withGeluTanhByDefault(json, EncoderSizes.Keys.BERT);
    return new AlbertConfig(
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
