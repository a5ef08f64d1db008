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
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.BlockSparseAttention;
import dev.rapt.nn.block.Stack;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * BigBird: a {@link Bert} for long texts, with block-sparse attention: sliding window, global
 * blocks and random blocks. arXiv:2007.14062, section 2.
 *
 * <pre>
 * x = norm(dropout(scale token[ids] + segment[types] + position[0 .. T - 1]))    (B, T, D)
 * attention(x): blocks of tokens; the first and the last are global: they see all and all see them
 *               a token of another block sees its own block, the two beside it, the global blocks
 *               and some random blocks; short texts have full attention
 * </pre>
 */
public final class BigBird {
  /** {@code big_bird}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("big_bird", "BigBirdForMaskedLM", "bert", Config::parse, BigBird::build);

  /**
   * What config.json of a BigBird says.
   *
   * @param sparsity which blocks of tokens see which
   * @param scaledEmbedding whether token embeddings are multiplied by sqrt(D)
   * @param qkvBias whether the projections to queries, keys and values have biases
   * @param separatorId the token that ends the question, in question answering
   */
  public record Config(
      EncoderSizes sizes,
      BlockSparseAttention.Sparsity sparsity,
      boolean scaledEmbedding,
      boolean qkvBias,
      int separatorId)
      implements EncoderConfig {
    private static final String ATTENTION = "attention_type";
    private static final String SPARSE = "block_sparse";
    private static final String FULL = "original_full";

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      if (json.boolOr("is_decoder", false)) {
        throw json.error("is_decoder", "must be false, a BigBird decoder is not supported");
      }
      EncoderSizes sizes =
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT)
              .withGeluTanhByDefault(json, EncoderSizes.Keys.BERT);
      return new Config(
          sizes,
          parseSparsity(json),
          json.boolOr("rescale_embeddings", false),
          json.boolOr("use_bias", true),
          json.intOr(
              "sep_token_id", Math.min(66, sizes.vocabSize() - 1), 0, sizes.vocabSize() - 1));
    }

    /** Reads the keys of block-sparse attention. */
    public static BlockSparseAttention.Sparsity parseSparsity(ConfigReader json) {
      String type = json.stringOr(ATTENTION, SPARSE);
      if (!type.equals(SPARSE) && !type.equals(FULL)) {
        throw json.error(ATTENTION, "must be %s or %s, got %s".formatted(SPARSE, FULL, type));
      }
      return new BlockSparseAttention.Sparsity(
          type.equals(SPARSE),
          json.intOr("block_size", 64, 1, Integer.MAX_VALUE),
          json.intOr("num_random_blocks", 3, 0, Integer.MAX_VALUE));
    }

    /** Writes the keys of block-sparse attention. */
    public static void writeSparsity(ObjectNode json, BlockSparseAttention.Sparsity sparsity) {
      json.put(ATTENTION, sparsity.sparse() ? SPARSE : FULL)
          .put("block_size", sparsity.blockSize())
          .put("num_random_blocks", sparsity.numRandomBlocks());
    }

    @Override
    public String modelType() {
      return "big_bird";
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      writeSparsity(json, sparsity);
      json.put("rescale_embeddings", scaledEmbedding)
          .put("use_bias", qkvBias)
          .put("sep_token_id", separatorId);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return Bert.Config.vocabularyHead(sizes);
    }

    @Override
    public HeadTransform pooler() {
      return HeadTransform.of("pooler", Activation.TANH).inside();
    }

    @Override
    public String spanProjection() {
      return "qa_classifier.qa_outputs";
    }

    @Override
    public SpanMlp spanMlp() {
      return new SpanMlp(
          "qa_classifier.intermediate.dense",
          "qa_classifier.output.dense",
          "qa_classifier.output.LayerNorm");
    }

    @Override
    public OptionalInt questionEnd() {
      return OptionalInt.of(separatorId);
    }

    @Override
    public String pairProjection() {
      return "cls.seq_relationship";
    }

    @Override
    public HeadTransform sequenceTransform() {
      return HeadTransform.of("classifier.dense", sizes.activation());
    }

    @Override
    public String sequenceProjection() {
      return "classifier.out_proj";
    }
  }

  private BigBird() {}

  /** Builds the model without its head from the parameters under {@code bert} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), EncoderParts.Names.BERT);
    Bert bert = new Bert(parts);
    return new Stack(
        embeddings(config, parts, source.at("embeddings")),
        Stack.blocks(
            config.sizes().numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> bert.block(layer, at, attention(config, parts, layer, at))),
        null);
  }

  /** norm(dropout(scale token + segment + position)); BERT has dropout after the norm. */
  private static Embeddings embeddings(Config config, EncoderParts parts, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    Norm norm = parts.norm(source.at("LayerNorm"));
    return Embeddings.of(parts.tokens(source))
        .scaled(config.scaledEmbedding() ? (float) Math.sqrt(sizes.hiddenSize()) : 1)
        .withTokenTypes(parts.segments(source))
        .withPositions(parts.positions(source), 0)
        .withDropout(sizes.dropout())
        .then((x, _) -> norm.forward(x));
  }

  private static Layer attention(
      Config config, EncoderParts parts, int layer, ParameterSource source) {
    return new BlockSparseAttention(
        layer,
        config.sparsity(),
        parts.qkv(source, "", config.qkvBias()),
        config.sizes().attentionDropout(),
        parts.oProj(source));
  }
}
