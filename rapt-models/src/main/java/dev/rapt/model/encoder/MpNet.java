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
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.RelativeBias;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/** MPNet: absolute positions, and scores by distance that all layers share. arXiv:2004.09297. */
public final class MpNet {
  /** {@code mpnet}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mpnet", "MPNetForMaskedLM", "mpnet", Config::parse, MpNet::build);

  /**
   * MPNet: RoBERTa without segments, with scores by buckets of distance.
   *
   * @param numBuckets buckets of distances
   */
  public record Config(EncoderSizes sizes, int numBuckets) implements EncoderConfig {
    /** Row of the first position, less one, whatever the padding id is. */
    static final int POSITIONS_PAST = 1;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(0, 1e-12f));
      if (json.intOr("pad_token_id", 1) != POSITIONS_PAST) {
        throw json.error("pad_token_id", "must be 1, positions are counted from it");
      }
      return new Config(
          sizes.withTokenTypes(0),
          json.intOr("relative_attention_num_buckets", 32, 4, Integer.MAX_VALUE));
    }

    @Override
    public String modelType() {
      return "mpnet";
    }

    @Override
    public int maxPositions() {
      return sizes.maxPositions() - POSITIONS_PAST - 1;
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("relative_attention_num_buckets", numBuckets);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return RobertaConfig.vocabulary();
    }

    @Override
    public HeadTransform sequenceTransform() {
      return HeadTransform.of("classifier.dense", Activation.TANH);
    }

    @Override
    public String sequenceProjection() {
      return "classifier.out_proj";
    }
  }

  /** From here on all distances share a bucket. */
  private static final int MAX_DISTANCE = 128;

  private MpNet() {}

  /** A model with the parameters under {@code mpnet} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
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
            .withPaddingAwarePositions(
                parts.table(tables.at("position_embeddings"), sizes.maxPositions()),
                Config.POSITIONS_PAST),
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
