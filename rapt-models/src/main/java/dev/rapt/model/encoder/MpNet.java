package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RelativeBias;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/**
 * MPNet: as {@link Roberta} without segment embeddings, with T5's relative position bias beside the
 * learned absolute positions. One bias table serves all layers. arXiv:2004.09297.
 *
 * <pre>
 * attention(x): softmax(q k' / sqrt(E) + bias[bucket(j - i)]) v Wo + bo    query i, key j
 * </pre>
 */
public final class MpNet {
  /** {@code mpnet}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mpnet", "MPNetForMaskedLM", "mpnet", Config::parse, MpNet::build);

  /**
   * What config.json of an MPNet says.
   *
   * @param numBuckets rows of the bias table, one for each bucket of distances
   */
  public record Config(EncoderSizes sizes, int numBuckets) implements EncoderConfig {
    /** The padding id, after which positions start. */
    static final int PAD_TOKEN_ID = 1;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(0, 1e-12f));
      if (json.intOr("pad_token_id", 1) != PAD_TOKEN_ID) {
        throw json.error("pad_token_id", "must be 1, positions start after it");
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
      return sizes.maxPositions() - PAD_TOKEN_ID - 1;
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("relative_attention_num_buckets", numBuckets);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return Roberta.Config.robertaHead();
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

  /** Distances from here on share the last bucket. */
  private static final int MAX_DISTANCE = 128;

  private MpNet() {}

  /** Builds the model without its head from the parameters under {@code mpnet} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, EncoderParts.Names.MPNET);
    Bert bert = new Bert(parts);
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
            .withPaddingAwarePositions(parts.positions(tables), Config.PAD_TOKEN_ID),
        Stack.blocks(
            sizes.numLayers(),
            encoder.at("layer"),
            (layer, at) -> bert.block(layer, at, attention(parts, layer, at, bias))),
        null);
  }

  /** softmax(q k' / sqrt(E) + bias) v, and the output projection. */
  private static Layer attention(
      EncoderParts parts, int layer, ParameterSource source, RelativeBias bias) {
    return new SelfAttention(
        parts.qkv(source), // (B, T, H, E) each
        null, // no RoPE
        parts.attention(layer).withBias(bias), // (B, T, H E)
        parts.oProj(source)); // (B, T, D)
  }
}
