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
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** BigBird (arXiv:2007.14062): BERT for long texts, with attention between blocks. */
public final class BigBird {
  /** {@code big_bird}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("big_bird", "BigBirdForMaskedLM", "bert", Config::parse, BigBird::build);

  /**
   * BigBird: BERT with attention between blocks.
   *
   * @param blocks which blocks see which
   * @param scaledEmbedding whether tokens' vectors are multiplied by the root of the width
   * @param separatorId the token that ends a question
   */
  public record Config(
      EncoderSizes sizes, BlockSparsity blocks, boolean scaledEmbedding, int separatorId)
      implements EncoderConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      if (json.boolOr("is_decoder", false)) {
        throw json.error("is_decoder", "must be false, BigBird as a decoder is not supported");
      }
      if (!json.boolOr("use_bias", true)) {
        throw json.error("use_bias", "must be true, projections without are not supported");
      }
      EncoderSizes sizes =
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT)
              .withGeluTanhByDefault(json, EncoderSizes.Keys.BERT);
      return new Config(
          sizes,
          BlockSparsity.parse(json),
          json.boolOr("rescale_embeddings", false),
          json.intOr(
              "sep_token_id", Math.min(66, sizes.vocabSize() - 1), 0, sizes.vocabSize() - 1));
    }

    @Override
    public String modelType() {
      return "big_bird";
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      blocks.write(json);
      json.put("rescale_embeddings", scaledEmbedding)
          .put("use_bias", true)
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

  /** A model with the parameters under {@code bert} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.BERT);
    return new Stack(
        embeddings(config, parts, source.at("embeddings")),
        Stack.blocks(
            sizes.numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> block(config, parts, layer, at)),
        null);
  }

  /** Unlike BERT's, these are normalised after dropout. */
  private static Embeddings embeddings(Config config, EncoderParts parts, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    Norm norm = parts.norm(source.at("LayerNorm"));
    return Embeddings.of(parts.table(source.at("word_embeddings"), sizes.vocabSize()))
        .scaled(config.scaledEmbedding() ? (float) Math.sqrt(sizes.hiddenSize()) : 1)
        .withTokenTypes(parts.table(source.at("token_type_embeddings"), sizes.numTokenTypes()))
        .withPositions(parts.table(source.at("position_embeddings"), sizes.maxPositions()), 0)
        .withDropout(sizes.dropout())
        .then((x, _) -> norm.forward(x));
  }

  private static Block block(Config config, EncoderParts parts, int layer, ParameterSource source) {
    BlockSparseAttention attention =
        new BlockSparseAttention(
            layer,
            config.blocks(),
            parts.projections(source, ""),
            config.sizes().attentionDropout(),
            parts.square(source.at(parts.names().oProj())));
    return parts.block(layer, source, attention);
  }
}
