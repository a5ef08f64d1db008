package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * DeBERTa, and its versions 2 and 3.
 *
 * @param relative whether scores depend on relative positions
 * @param contentToPosition whether a query's content meets the position of a key
 * @param positionToContent whether a query's position meets the content of a key
 * @param maxRelative largest distance that is told apart
 * @param buckets distances to either side that have vectors, growing logarithmically; 0 for all
 * @param sharedKeys whether positions are projected as contents are
 * @param normedPositions whether the vectors of positions are normalised
 * @param absolute whether absolute positions are added to the embeddings, too
 * @param convKernel tokens that the convolution after the first layer sees; 0 without one
 * @param convActivation after the convolution
 * @param poolerActivation of what makes the vector of a sequence
 * @param legacyHead whether the head over the vocabulary is named as in BERT
 */
public record DebertaConfig(
    EncoderSizes sizes,
    String modelType,
    boolean relative,
    boolean contentToPosition,
    boolean positionToContent,
    int maxRelative,
    int buckets,
    boolean sharedKeys,
    boolean normedPositions,
    boolean absolute,
    int convKernel,
    Activation convActivation,
    Activation poolerActivation,
    boolean legacyHead)
    implements EncoderConfig {
  /** The first version with the choices of the published models. */
  public static DebertaConfig of(EncoderSizes sizes) {
    return new DebertaConfig(
        sizes,
        "deberta",
        true,
        true,
        true,
        sizes.maxPositions(),
        0,
        false,
        false,
        false,
        0,
        Activation.TANH,
        Activation.GELU,
        true);
  }

  /** The third version, whose layers are those of the second, with its published choices. */
  public static DebertaConfig ofV3(EncoderSizes sizes) {
    return new DebertaConfig(
        sizes,
        "deberta-v2",
        true,
        true,
        true,
        sizes.maxPositions(),
        Math.min(256, sizes.maxPositions() / 2),
        true,
        true,
        false,
        0,
        Activation.TANH,
        Activation.GELU,
        true);
  }

  /** Reads a config.json. */
  public static DebertaConfig parse(ConfigReader json) {
    EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(0, 1e-7f));
    requireKnown(json, sizes);
    List<String> kinds = kinds(json);
    int given = json.intOr("max_relative_positions", -1);
    int convKernel = json.intOr("conv_kernel_size", 0, 0, Integer.MAX_VALUE);
    if (convKernel != 0 && convKernel % 2 == 0) {
      throw json.error("conv_kernel_size", "must be odd, got " + convKernel);
    }
    return new DebertaConfig(
        sizes,
        json.requireString("model_type"),
        json.boolOr("relative_attention", false),
        kinds.contains("c2p"),
        kinds.contains("p2c"),
        given < 1 ? sizes.maxPositions() : given,
        Math.max(0, json.intOr("position_buckets", -1)),
        json.boolOr("share_att_key", false),
        json.stringOr("norm_rel_ebd", "none").toLowerCase(Locale.ROOT).contains("layer_norm"),
        json.boolOr("position_biased_input", true),
        convKernel,
        Activations.read(json, "conv_act", "tanh"),
        Activations.read(json, "pooler_hidden_act", "gelu"),
        json.boolOr("legacy", true));
  }

  private static void requireKnown(ConfigReader json, EncoderSizes sizes) {
    if (json.boolOr("talking_head", false)) {
      throw json.error("talking_head", "is not supported, must be false");
    }
    int headDim = json.intOr("attention_head_size", sizes.headDim());
    if (headDim != sizes.headDim()) {
      throw json.error(
          "attention_head_size",
          "must be hidden_size / num_attention_heads, %d, got %d"
              .formatted(sizes.headDim(), headDim));
    }
    if (json.intOr("conv_groups", 1) != 1) {
      throw json.error("conv_groups", "must be 1, others are not supported");
    }
  }

  /** A list, or as older files have it {@code "p2c|c2p"}. */
  private static List<String> kinds(ConfigReader json) {
    if (!json.has("pos_att_type")) {
      return List.of();
    }
    return json.json().get("pos_att_type").isString()
        ? List.of(json.requireString("pos_att_type").toLowerCase(Locale.ROOT).split("\\|"))
        : json.strings("pos_att_type");
  }

  /** Factor of the sum of all scores: one over the root of width times number of terms. */
  double scoreScale() {
    int terms = 1 + (contentToPosition ? 1 : 0) + (positionToContent ? 1 : 0);
    return 1 / Math.sqrt((double) sizes.headDim() * terms);
  }

  @Override
  public boolean endsAtMaxPositions() {
    return absolute;
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("relative_attention", relative);
    ArrayNode kinds = json.putArray("pos_att_type");
    if (contentToPosition) {
      kinds.add("c2p");
    }
    if (positionToContent) {
      kinds.add("p2c");
    }
    json.put("max_relative_positions", maxRelative)
        .put("position_buckets", buckets == 0 ? -1 : buckets)
        .put("share_att_key", sharedKeys)
        .put("norm_rel_ebd", normedPositions ? "layer_norm" : "none")
        .put("position_biased_input", absolute)
        .put("conv_kernel_size", convKernel)
        .put("conv_act", Activations.name(convActivation))
        .put("pooler_hidden_act", Activations.name(poolerActivation))
        .put("legacy", legacyHead);
  }

  @Override
  public Vocabulary vocabularyHead() {
    if (legacyHead) {
      return BertConfig.vocabularyHead(sizes);
    }
    String at = "lm_predictions.lm_head";
    return new Vocabulary(
        HeadTransform.of(at + ".dense", sizes.activation()).normed(at + ".LayerNorm"),
        null,
        at + ".bias");
  }

  @Override
  public @Nullable HeadTransform pooler() {
    return null;
  }

  @Override
  public HeadTransform sequenceTransform() {
    return HeadTransform.of("pooler.dense", poolerActivation);
  }

  @Override
  public HeadTransform choiceTransform() {
    return sequenceTransform();
  }
}
